<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Backend\Backend;
use CoinPay\Backend\Backends;
use CoinPay\Client;
use CoinPay\Engine;

/**
 * The engine of this shop, opened at the first use in a request.
 */
final class Shop
{
    private static ?Engine $engine = null;

    /**
     * @throws \CoinPay\Exception\CoinPayException
     */
    public static function engine(): Engine
    {
        return self::$engine ??= self::open();
    }

    /**
     * The way to the library; names in its error what to change in PHP.
     *
     * @throws \CoinPay\Exception\CoinPayException
     */
    public static function backend(): Backend
    {
        self::makeRunnable();
        return Backends::get();
    }

    public static function client(): Client
    {
        $base = Settings::baseUrl();
        return new Client(
            Settings::text('api_key'),
            $base,
            new WordPressTransport(),
            self::backend(),
        );
    }

    /**
     * Forgets the engine: the settings have changed.
     */
    public static function reopen(): void
    {
        self::$engine = null;
        delete_transient(Method::REACHABLE);
    }

    private static function open(): Engine
    {
        $transport = new WordPressTransport();
        $config = Settings::config();
        $engine = Engine::withStore($config, Database::executor(), $transport, self::backend());
        $prepared = VERSION . ' ' . Database::prefix() . ' ' . $engine->backend()->version();
        if (get_option('coinpay_prepared') !== $prepared) {
            $engine->prepareStore();
            update_option('coinpay_prepared', $prepared, true);
        }
        return $engine;
    }

    /**
     * WordPress unpacks a plugin without its permissions to execute.
     */
    private static function makeRunnable(): void
    {
        $command = dirname(FILE) . '/vendor/coinpay-embed/bin/coinpay';
        if (is_file($command) && !is_executable($command)) {
            // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- the error says so if it fails
            @chmod($command, 0755);
            clearstatcache(true, $command);
        }
    }
}
