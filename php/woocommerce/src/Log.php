<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * WooCommerce's log, source `coinpay`; without WooCommerce the server's. Messages of the library name
 * no secret and no customer.
 */
final class Log
{
    public static function info(string $message): void
    {
        if (Settings::text('log') === 'all') {
            self::write('info', $message);
        }
    }

    public static function warning(string $message): void
    {
        self::write('warning', $message);
    }

    public static function error(string $message): void
    {
        self::write('error', $message);
    }

    private static function write(string $level, string $message): void
    {
        if (function_exists('wc_get_logger')) {
            wc_get_logger()->log($level, $message, ['source' => 'coinpay']);
        } else {
            // phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log
            error_log("coinpay $level: $message");
        }
    }
}
