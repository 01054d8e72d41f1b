<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * WooCommerce's orders, found and kept to oneself while they are changed.
 */
final class Orders
{
    /** The library's id of the payment that the order is paid by now. */
    public const ORDER_ID = '_coinpay_order_id';
    public const TOKEN = '_coinpay_token';
    public const CUSTOMER = '_coinpay_customer';
    public const COIN = '_coinpay_coin';
    /** Set when money through CoinPay made the order paid. */
    public const PAID_BY = '_coinpay_paid_by';

    private const PATIENCE_S = 15;

    /**
     * Whether the order is to be paid through CoinPay now.
     */
    public static function isOurs(\WC_Order $order): bool
    {
        return $order->get_payment_method() === Method::ID;
    }

    public static function coinpayId(\WC_Order $order): string
    {
        return (string) $order->get_meta(self::ORDER_ID);
    }

    public static function isPaid(\WC_Order $order): bool
    {
        return $order->get_date_paid() !== null || $order->has_status(Settings::paidStatuses());
    }

    /**
     * @return array{order_id: string, status_token: string}
     */
    public static function access(\WC_Order $order): array
    {
        return [
            'order_id' => self::coinpayId($order),
            'status_token' => (string) $order->get_meta(self::TOKEN),
        ];
    }

    /**
     * Runs with the order as it is in the database now, and with nobody else of ours changing it.
     *
     * @template T
     * @param \Closure(\WC_Order): T $run
     * @return ?T null where there is no such order
     * @throws CoinPayException `store_busy` where another process holds it for long
     */
    public static function alone(int $id, \Closure $run): mixed
    {
        return self::locked("order $id", static function () use ($id, $run): mixed {
            $order = self::fresh($id);
            return $order === null ? null : $run($order);
        });
    }

    /**
     * Runs while no other process of this shop runs under the same name. A database that has no
     * such locks lets all run; then WooCommerce's own checks are what is left.
     *
     * @template T
     * @param \Closure(): T $run
     * @return T
     */
    public static function locked(string $name, \Closure $run): mixed
    {
        global $wpdb;
        $lock = 'coinpay:' . substr(hash('sha256', DB_NAME . " $wpdb->prefix $name"), 0, 40);
        $got = $wpdb->get_var($wpdb->prepare('SELECT GET_LOCK(%s, %d)', $lock, self::PATIENCE_S));
        if ($got === '0') {
            throw CoinPayException::with(
                ErrorCode::StoreBusy,
                "$name is being changed by another process",
            );
        }
        try {
            return $run();
        } finally {
            $wpdb->query($wpdb->prepare('DO RELEASE_LOCK(%s)', $lock));
        }
    }

    private static function fresh(int $id): ?\WC_Order
    {
        clean_post_cache($id);
        $cache = 'Automattic\\WooCommerce\\Caches\\OrderCache';
        if (class_exists($cache) && function_exists('wc_get_container')) {
            wc_get_container()->get($cache)->remove($id);
        }
        wp_cache_delete($id, 'orders');
        wp_cache_delete($id, 'orders_meta');
        $store = \WC_Data_Store::load('order');
        if ($store->has_callable('clear_cached_data')) {
            $store->clear_cached_data([$id]);
        }
        $order = wc_get_order($id);
        return $order instanceof \WC_Order ? $order : null;
    }

    /**
     * Adds a note, once for a key however often it is tried.
     */
    public static function noteOnce(\WC_Order $order, string $key, string $text): void
    {
        if (self::hasNote($order, $key)) {
            return;
        }
        $mark = static fn (array $comment): array => ['comment_meta' => ['coinpay_key' => $key]] + $comment;
        add_filter('woocommerce_new_order_note_data', $mark);
        $order->add_order_note($text);
        remove_filter('woocommerce_new_order_note_data', $mark);
    }

    public static function hasNote(\WC_Order $order, string $key): bool
    {
        global $wpdb;
        // WooCommerce hides its notes from every other way of asking.
        $asked = "SELECT COUNT(*) FROM $wpdb->comments JOIN $wpdb->commentmeta USING (comment_id)"
            . " WHERE comment_post_ID = %d AND meta_key = 'coinpay_key' AND meta_value = %s";
        // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- prepared here
        return (int) $wpdb->get_var($wpdb->prepare($asked, $order->get_id(), $key)) > 0;
    }
}
