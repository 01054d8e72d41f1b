<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * What shoppers can pay in: the coins that the account has a wallet for, of those the ones that the
 * shop wants. Remembered, so that a page of the shop does not wait for the gateway.
 */
final class Coins
{
    private const OPTION = 'coinpay_coins';
    private const FRESH_S = 600;

    /**
     * The coins to offer, with their names.
     *
     * @return array<string, string>
     */
    public static function offered(): array
    {
        $known = self::known();
        if ($known === []) {
            $known = self::learn();
        }
        $wanted = Settings::list('coins');
        $both = array_intersect_key($known, array_flip($wanted));
        return $both === [] ? $known : $both;
    }

    /**
     * What is remembered, without asking anybody.
     *
     * @return array<string, string>
     */
    public static function known(): array
    {
        $kept = get_option(self::OPTION);
        return is_array($kept) && is_array($kept['labels'] ?? null) ? $kept['labels'] : [];
    }

    /**
     * Asks again if the last answer is old. For the worker.
     */
    public static function refresh(): void
    {
        $kept = get_option(self::OPTION);
        if (!is_array($kept) || ($kept['at'] ?? 0) < time() - self::FRESH_S) {
            self::learn();
        }
    }

    /**
     * @return array<string, string>
     */
    private static function learn(): array
    {
        try {
            $engine = Shop::engine();
            $labels = [];
            foreach ($engine->call('list_coins')['blockchains'] as $coin) {
                $chain = $engine->backend()->call('chain', ['code' => $coin]);
                $labels[$coin] = self::label($chain['asset_symbol'], $chain['network_name']);
            }
        } catch (CoinPayException $refused) {
            Log::warning('the coins of the account are not known: ' . $refused->getMessage());
            return [];
        }
        if ($labels !== []) {
            update_option(self::OPTION, ['at' => time(), 'labels' => $labels], true);
        }
        return $labels;
    }

    private static function label(string $asset, string $network): string
    {
        /* translators: 1: a coin, such as USDC; 2: a network, such as Polygon */
        $words = __('%1$s on %2$s', 'coinpay-woocommerce');
        $native = ['BTC', 'BCH', 'DOGE', 'XRP', 'ADA'];
        return in_array($asset, $native, true) ? "$network ($asset)" : sprintf(
            $words,
            $asset,
            $network,
        );
    }
}
