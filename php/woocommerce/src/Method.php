<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * The payment method by its names, and whether it can be offered. Stands without WooCommerce, unlike
 * {@see Gateway}, which is a class of WooCommerce's.
 */
final class Method
{
    public const ID = 'coinpay';
    public const REACHABLE = 'coinpay_reachable';
    public const FIELD = 'coinpay_blockchain';

    public static function titleText(): string
    {
        $title = Settings::text('title');
        return $title === '' ? __('Pay with crypto', 'coinpay-woocommerce') : $title;
    }

    /**
     * Whether payments can be taken now, in the shop's currency.
     */
    public static function isReady(): bool
    {
        if (Settings::problems() !== []) {
            return false;
        }
        $currency = get_woocommerce_currency();
        // FFI may be open to one kind of PHP and closed to another, and settings of PHP change.
        $bridge = function_exists('proc_open') ? 'bridge' : '';
        $asked = implode(' ', [$currency, PHP_SAPI, ini_get('ffi.enable'), $bridge, VERSION]);
        $known = get_transient(self::REACHABLE);
        if (!is_array($known) || !isset($known[$asked])) {
            $known = is_array($known) ? $known : [];
            $known[$asked] = self::findOut($currency) ? 'yes' : 'no';
            set_transient(self::REACHABLE, $known, $known[$asked] === 'yes' ? 600 : 60);
        }
        return $known[$asked] === 'yes' && Coins::offered() !== [];
    }

    private static function findOut(string $currency): bool
    {
        try {
            Shop::engine()->backend()->call('currency', ['code' => $currency]);
            return true;
        } catch (CoinPayException $refused) {
            Log::error('not offered at checkout: ' . $refused->getMessage());
            return false;
        }
    }
}
