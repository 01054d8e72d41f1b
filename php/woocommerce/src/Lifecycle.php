<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * What happens when the plugin is switched on and off. Nothing of an order is lost by either.
 */
final class Lifecycle
{
    /**
     * @param mixed $network whether it is switched on for all sites of a network
     */
    public static function activate($network = false): void
    {
        self::inSites((bool) $network, [Leaving::class, 'forget']);
        if ($network && is_multisite()) {
            Leaving::forgetNetwork();
        }
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
     *
     * @param mixed $network whether it is switched off for all sites of a network
     */
    public static function deactivate($network = false): void
    {
        self::inSites((bool) $network, static function (): void {
            Worker::unschedule();
            // Of a network not every site has WooCommerce, and its tables.
            $here = !is_multisite() || is_plugin_active('woocommerce/woocommerce.php');
            if ($here && Plugin::hasWooCommerce()) {
                ReviewStatus::leave();
            }
        });
    }

    /**
     * Called by uninstall.php: takes everything away, but only if the shop has asked for that; of a
     * network each site by itself.
     */
    public static function uninstall(): void
    {
        self::inSites(true, [self::class, 'leave']);
        if (is_multisite()) {
            Leaving::forgetNetwork();
        }
    }

    /**
     * Runs in this site, or in all of a network, each with its own settings, tables and timer.
     */
    public static function inSites(bool $all, callable $run): void
    {
        if (!$all || !is_multisite()) {
            $run();
            return;
        }
        foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $site) {
            switch_to_blog((int) $site);
            Shop::reopen();
            try {
                $run();
            } finally {
                restore_current_blog();
            }
        }
        Shop::reopen();
    }

    private static function leave(): void
    {
        Worker::unschedule();
        $keeps = Leaving::keeps();
        delete_option(Leaving::OPTION);
        if ($keeps) {
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
