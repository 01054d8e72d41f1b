<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Opens a payment for an order of WooCommerce's, or finds the one that it has. However often it is
 * called and from however many tabs, one order has one payment for each coin.
 */
final class Checkout
{
    /** How much longer than the payment the goods are set aside, in minutes. */
    private const LONGER = 30;

    /**
     * @return bool false where money is already on its way for other contents
     * @throws \CoinPay\Exception\CoinPayException
     */
    public static function open(\WC_Order $order, string $coin): bool
    {
        $engine = Shop::engine();
        Worker::schedule();
        self::holdStock($order, $coin);
        $opened = $engine->createCheckout(self::wanted($order, $coin));
        if (str_starts_with($opened['outcome'], 'exists_with_different')) {
            return false;
        }
        $order->update_meta_data(Orders::ORDER_ID, $opened['order_id']);
        $order->update_meta_data(Orders::TOKEN, $opened['status_token']);
        $order->update_meta_data(Orders::COIN, $coin);
        if ($order->has_status('failed')) {
            $order->set_status('pending');
        }
        $order->save();
        self::note($order, $opened['order']['payment'] ?? null);
        return true;
    }

    /**
     * The input of `create_checkout`. Nothing of the customer's is in it but an alias.
     *
     * @return array<string, mixed>
     */
    private static function wanted(\WC_Order $order, string $coin): array
    {
        /* translators: %s: the number of an order */
        $description = sprintf(__('Order %s', 'coinpay-woocommerce'), $order->get_order_number());
        return [
            // The order's own key is in it, so that no other order ever has the same.
            'checkout_key' => "wc-{$order->get_id()}-{$order->get_order_key()}",
            'cart_id' => (string) $order->get_id(),
            'customer_id' => self::customer($order),
            'currency' => $order->get_currency(),
            'total' => self::total($order),
            'blockchain' => $coin,
            'description' => mb_substr($description, 0, 200),
            'ship' => 'manual',
            'reservation_id' => "wc-{$order->get_id()}",
            'replace' => true,
        ];
    }

    /**
     * What the order costs, as the library writes it.
     */
    public static function total(\WC_Order $order): string
    {
        return self::inCurrency($order, (string) $order->get_total('edit'));
    }

    /**
     * An amount in the order's currency, as the library writes it.
     */
    public static function inCurrency(\WC_Order $order, string $amount): string
    {
        $currency = Shop::backend()->call('currency', ['code' => $order->get_currency()]);
        return self::exact($amount, (int) $currency['exponent']);
    }

    /**
     * An amount with as many digits behind the point as the currency has. WooCommerce may show more
     * or fewer, by a setting of the shop's; only what the currency does not have is rounded.
     */
    private static function exact(string $amount, int $exponent): string
    {
        if (preg_match('/^(\d+)(?:\.(\d*))?$/D', $amount, $parts) === 1) {
            $fraction = $parts[2] ?? '';
            if (trim(substr($fraction, $exponent), '0') === '') {
                $fraction = str_pad(substr($fraction, 0, $exponent), $exponent, '0');
                return $parts[1] . ($exponent === 0 ? '' : ".$fraction");
            }
        }
        return wc_format_decimal($amount, $exponent);
    }

    /**
     * Who pays, without saying who that is. It stays the order's for good.
     */
    private static function customer(\WC_Order $order): string
    {
        $known = (string) $order->get_meta(Orders::CUSTOMER);
        if ($known === '') {
            $user = $order->get_customer_id();
            $guest = strtolower(trim($order->get_billing_email()));
            $who = match (true) {
                $user > 0 => "user $user",
                $guest !== '' => "guest $guest",
                default => "order {$order->get_id()}",
            };
            $known = substr(hash_hmac('sha256', $who, wp_salt('auth')), 0, 32);
            $order->update_meta_data(Orders::CUSTOMER, $known);
        }
        return $known;
    }

    /**
     * Sets the goods aside for as long as they can be paid.
     */
    private static function holdStock(\WC_Order $order, string $coin): void
    {
        $window = (int) Settings::text('window_minutes');
        $minutes = self::LONGER + ($coin === 'BTC' ? max(180, $window) : $window);
        $longer = static fn ($usual): int => max((int) $usual, $minutes);
        add_filter('woocommerce_order_hold_stock_minutes', $longer);
        try {
            wc_reserve_stock_for_order($order);
        } finally {
            remove_filter('woocommerce_order_hold_stock_minutes', $longer);
        }
    }

    /**
     * @param ?array<string, mixed> $payment
     */
    private static function note(\WC_Order $order, ?array $payment): void
    {
        if ($payment === null) {
            return;
        }
        /* translators: 1: amount, 2: coin, 3: network, 4: address */
        $words = __('CoinPay: asked for %1$s %2$s on %3$s, to %4$s.', 'coinpay-woocommerce');
        $text = sprintf(
            $words,
            $payment['crypto_amount'],
            $payment['asset'],
            $payment['network'],
            $payment['address'],
        );
        Orders::noteOnce($order, 'asked ' . $payment['payment_id'], $text);
    }
}
