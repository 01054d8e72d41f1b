<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * The status of an order for which money came with something wrong: too little, too late, or not as
 * it was asked for. WooCommerce counts it as unpaid, and keeps the goods aside.
 */
final class ReviewStatus
{
    public const NAME = 'coinpay-review';

    public static function register(): void
    {
        register_post_status('wc-' . self::NAME, [
            'label' => self::label(),
            'public' => false,
            'exclude_from_search' => false,
            'show_in_admin_all_list' => true,
            'show_in_admin_status_list' => true,
            /* translators: %s: how many orders */
            'label_count' => _n_noop(
                'Payment review <span class="count">(%s)</span>',
                'Payment review <span class="count">(%s)</span>',
                'coinpay-woocommerce',
            ),
        ]);
    }

    public static function hook(): void
    {
        add_filter('wc_order_statuses', static function (array $statuses): array {
            return $statuses + ['wc-' . self::NAME => self::label()];
        });
        $also = static fn (array $statuses): array => [...$statuses, self::NAME];
        add_filter('woocommerce_valid_order_statuses_for_payment_complete', $also);
        // As for orders on hold; the stock is {@see Sync}'s.
        add_action('woocommerce_order_status_' . self::NAME, 'wc_update_coupon_usage_counts');
        add_action('woocommerce_order_status_' . self::NAME, 'wc_release_stock_for_order');
        $paid = 'woocommerce_order_status_' . self::NAME . '_to_processing';
        add_filter('woocommerce_email_actions', static fn (array $all): array => [...$all, $paid]);
        add_action("{$paid}_notification", [self::class, 'mailThatItIsPaid'], 10, 2);
    }

    /**
     * WooCommerce's mails about a new and a paid order go out from its own statuses only.
     *
     * @param int $id
     * @param mixed $order
     */
    public static function mailThatItIsPaid($id, $order = null): void
    {
        $mails = WC()->mailer()->get_emails();
        foreach (['WC_Email_New_Order', 'WC_Email_Customer_Processing_Order'] as $name) {
            if (isset($mails[$name])) {
                $mails[$name]->trigger($id, $order instanceof \WC_Order ? $order : false);
            }
        }
    }

    private static function label(): string
    {
        return _x('Payment review', 'order status', 'coinpay-woocommerce');
    }

    /**
     * Nobody else knows this status: what stands in it goes on hold.
     */
    public static function leave(): void
    {
        $orders = wc_get_orders(['status' => 'wc-' . self::NAME, 'limit' => -1]);
        $why = __('CoinPay was switched off while a person was needed.', 'coinpay-woocommerce');
        foreach ($orders as $order) {
            Sync::quietly(static fn () => $order->update_status('on-hold', $why));
        }
    }
}
