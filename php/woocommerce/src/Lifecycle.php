<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * What happens when the plugin is switched on and off. Nothing of an order is lost by either.
 */
final class Lifecycle
{
    public static function activate(): void
    {
        Settings::shopId();
        if (Settings::problems() === []) {
            try {
                Shop::engine();
            } catch (CoinPayException $refused) {
                // The settings page says the same, with what to do about it.
                Log::warning('not ready: ' . $refused->getMessage());
            }
        }
    }

    /**
     * Orders in a status that nobody else knows would vanish from every list.
     */
    public static function deactivate(): void
    {
        Worker::unschedule();
        if (Plugin::hasWooCommerce()) {
            ReviewStatus::leave();
        }
    }

    /**
     * Called by uninstall.php: takes everything away, but only if the shop has asked for that.
     */
    public static function uninstall(): void
    {
        Worker::unschedule();
        if (Settings::text('keep_data') !== 'no') {
            return;
        }
        global $wpdb;
        $tables = [
            'orders',
            'payments',
            'webhook_events',
            'order_log',
            'effects',
            'stock',
            'reservations',
            'meta',
        ];
        foreach ($tables as $table) {
            $name = Database::prefix() . $table;
            // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- made of [a-z0-9_] only
            $wpdb->query("DROP TABLE IF EXISTS `$name`");
        }
        foreach (Settings::OPTIONS as $option) {
            delete_option($option);
        }
        delete_transient(Method::REACHABLE);
        delete_transient(Worker::TICKED);
    }
}
