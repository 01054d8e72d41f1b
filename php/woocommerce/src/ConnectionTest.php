<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * Whether everything that a payment needs is there: the library, the database, the gateway, coins.
 */
final class ConnectionTest
{
    /**
     * @return list<array{bool, string}>
     */
    public static function run(): array
    {
        $missing = Settings::problems();
        if ($missing !== []) {
            /* translators: %s: names of settings */
            return [
                [
                    false,
                    sprintf(__('Not set yet: %s.', 'coinpay-woocommerce'), implode(', ', $missing)),
                ],
            ];
        }
        return [
            self::check([self::class, 'library']),
            self::check([self::class, 'database']),
            self::check([self::class, 'gateway']),
            self::check([self::class, 'coins']),
        ];
    }

    /**
     * @return array{bool, string}
     */
    private static function check(callable $check): array
    {
        try {
            return $check();
        } catch (CoinPayException $refused) {
            return [false, $refused->error->value . ': ' . $refused->getMessage()];
        }
    }

    private static function library(): array
    {
        $backend = Shop::backend();
        /* translators: 1: version, 2: ffi or bridge, 3: why, in English */
        $words = __('The library is reached: version %1$s, by %2$s (%3$s).', 'coinpay-woocommerce');
        return [true, sprintf($words, $backend->version(), $backend->name(), $backend->why())];
    }

    private static function database(): array
    {
        Shop::engine()->prepareStore();
        return [true, __('The database undoes what fails, as it has to.', 'coinpay-woocommerce')];
    }

    private static function gateway(): array
    {
        $ids = array_column(Shop::client()->businesses(), 'id');
        if (!in_array(Settings::text('business_id'), $ids, true)) {
            return [
                false,
                __(
                    'The key is accepted, but the business is not among those of the key.',
                    'coinpay-woocommerce',
                ),
            ];
        }
        return [
            true,
            __(
                'The gateway accepts the key, and the business is one of its own.',
                'coinpay-woocommerce',
            ),
        ];
    }

    private static function coins(): array
    {
        $coins = Coins::offered();
        if ($coins === []) {
            return [
                false,
                __(
                    'The business has no wallet for any coin. Add one at CoinPay.',
                    'coinpay-woocommerce',
                ),
            ];
        }
        /* translators: %s: names of coins */
        return [
            true,
            sprintf(__('Shoppers can pay with: %s.', 'coinpay-woocommerce'), implode(', ', $coins)),
        ];
    }
}
