<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * The page on the shop's own site that a shopper pays on, whole without JavaScript. Whoever has the
 * order's key, as in WooCommerce's own links, may see it and nothing else.
 */
final class PayPage
{
    private const ENDPOINT = 'coinpay_pay';
    private const LANGUAGES = ['en', 'de', 'es', 'fr', 'ja', 'ar'];

    public static function hook(): void
    {
        add_action('woocommerce_api_' . self::ENDPOINT, [self::class, 'serve']);
        add_filter(
            'woocommerce_my_account_my_orders_actions',
            [self::class, 'linkFromAccount'],
            10,
            2,
        );
    }

    public static function url(\WC_Order $order): string
    {
        return add_query_arg([
            'order' => $order->get_id(),
            'key' => $order->get_order_key(),
        ], WC()->api_request_url(self::ENDPOINT));
    }

    /**
     * In the account, an order whose money is under way leads back to its page.
     */
    public static function linkFromAccount(array $actions, \WC_Order $order): array
    {
        if (Orders::isOurs($order) && !Orders::isPaid($order) && Orders::coinpayId($order) !== '') {
            $label = __('Payment status', 'coinpay-woocommerce');
            $actions['coinpay'] = [
                'url' => self::url($order),
                'name' => $label,
                'aria-label' => $label,
            ];
        }
        return $actions;
    }

    public static function printLink(\WC_Order $order): void
    {
        printf(
            '<p><a class="button" href="%s">%s</a></p>',
            esc_url(self::url($order)),
            esc_html__('Payment status', 'coinpay-woocommerce'),
        );
    }

    public static function serve(): void
    {
        $order = self::asked();
        if ($order === null) {
            wp_die(
                esc_html__('There is no such payment.', 'coinpay-woocommerce'),
                '',
                ['response' => 404],
            );
        }
        try {
            self::respond($order);
        } catch (CoinPayException $refused) {
            Log::error("pay page of order {$order->get_id()}: {$refused->getMessage()}");
            $status = $refused->error === ErrorCode::NotFound ? 404 : 503;
            wp_die(esc_html(Words::forShopper($refused)), '', ['response' => (int) $status]);
        }
        exit;
    }

    private static function asked(): ?\WC_Order
    {
        // The order's key is the right to see it, as it is for WooCommerce's own pages.
        // phpcs:disable WordPress.Security.NonceVerification.Recommended
        $id = absint($_GET['order'] ?? 0);
        $key = sanitize_text_field(wp_unslash((string) ($_GET['key'] ?? '')));
        // phpcs:enable
        $order = $id > 0 ? wc_get_order($id) : null;
        $known = $order instanceof \WC_Order && $key !== '' && hash_equals(
            $order->get_order_key(),
            $key,
        );
        return $known && Orders::coinpayId($order) !== '' ? $order : null;
    }

    private static function respond(\WC_Order $order): void
    {
        $engine = Shop::engine();
        if (($_SERVER['REQUEST_METHOD'] ?? 'GET') === 'POST') {
            self::act($order);
            return;
        }
        $status = $engine->orderStatus(Orders::access($order));
        // phpcs:ignore WordPress.Security.NonceVerification.Recommended
        if (isset($_GET['status'])) {
            Response::send(200, 'application/json', (string) wp_json_encode($status));
        } elseif (self::isVisit() && (Orders::isPaid($order) || !Orders::isOurs($order))) {
            wp_safe_redirect(self::after($order));
        } else {
            $page = $engine->payPage($status, self::options($order));
            $policy = [
                'Content-Security-Policy' => (string) $page['content_security_policy'],
                'Referrer-Policy' => 'same-origin',
            ];
            Response::send(200, 'text/html; charset=utf-8', $page['html'], $policy);
        }
        Worker::tick();
    }

    /**
     * Whether a person comes to the page, rather than its script, which wants to show it in place.
     */
    private static function isVisit(): bool
    {
        return ($_SERVER['HTTP_SEC_FETCH_MODE'] ?? '') === 'navigate';
    }

    private static function after(\WC_Order $order): string
    {
        return Orders::isPaid($order)
            ? $order->get_checkout_order_received_url()
            : $order->get_checkout_payment_url();
    }

    /**
     * @return array<string, mixed>
     */
    private static function options(\WC_Order $order): array
    {
        $url = self::url($order);
        $guarded = add_query_arg('_wpnonce', wp_create_nonce(self::nonce($order)), $url);
        $language = substr(determine_locale(), 0, 2);
        return [
            'language' => in_array($language, self::LANGUAGES, true) ? $language : 'en',
            'status_url' => add_query_arg('status', '1', $url),
            'renew_url' => add_query_arg('do', 'renew', $guarded),
            'cancel_url' => add_query_arg('do', 'cancel', $guarded),
            'blockchains' => array_keys(Coins::offered()),
            'shop_name' => wp_specialchars_decode((string) get_option('blogname'), ENT_QUOTES),
            'return_url' => $order->get_checkout_order_received_url(),
            'nonce' => base64_encode(random_bytes(16)),
        ];
    }

    private static function nonce(\WC_Order $order): string
    {
        return 'woocommerce-coinpay-' . $order->get_id();
    }

    /**
     * A form of the page: another coin or quote, or the end of it.
     */
    private static function act(\WC_Order $order): void
    {
        $nonce = sanitize_text_field(wp_unslash((string) ($_GET['_wpnonce'] ?? '')));
        $to = self::url($order);
        if (wp_verify_nonce($nonce, self::nonce($order)) !== false && Orders::isOurs($order)) {
            $do = sanitize_key($_GET['do'] ?? '');
            if ($do === 'renew') {
                self::renew($order);
            } elseif ($do === 'cancel') {
                $to = self::cancel($order) ? wc_get_cart_url() : $to;
            }
        }
        wp_safe_redirect($to, 303);
    }

    private static function renew(\WC_Order $order): void
    {
        // phpcs:ignore WordPress.Security.NonceVerification.Missing -- verified by the caller
        $coin = sanitize_text_field(wp_unslash((string) ($_POST['blockchain'] ?? '')));
        $coin = $coin === '' ? (string) $order->get_meta(Orders::COIN) : $coin;
        if (isset(Coins::offered()[$coin]) && $order->has_status(self::renewable())) {
            Checkout::open($order, $coin);
        }
    }

    /**
     * @return list<string>
     */
    private static function renewable(): array
    {
        return [
            'pending',
            'failed',
            'on-hold',
            Settings::orderStatus('status_seen'),
            Settings::orderStatus('status_review'),
        ];
    }

    private static function cancel(\WC_Order $order): bool
    {
        try {
            Shop::engine()->cancelOrder(
                Orders::access($order) + ['reason' => 'customer', 'actor' => 'customer'],
            );
        } catch (CoinPayException $refused) {
            if ($refused->error !== ErrorCode::Rejected) {
                throw $refused;
            }
            // Money has come meanwhile; the page says so.
            return false;
        }
        Sync::order($order->get_id());
        return true;
    }
}
