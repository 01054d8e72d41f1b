<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * The shop's settings: where they are kept, what they are without being set, and what the library
 * gets to see of them. Checking what a person typed is {@see SettingsCheck}'s.
 *
 * A constant of wp-config.php, such as COINPAY_API_KEY, stands above what is stored.
 */
final class Settings
{
    /** As WooCommerce names the settings of a gateway. */
    public const OPTION = 'woocommerce_coinpay_settings';

    /** Everything that the plugin keeps in WordPress's options. */
    public const OPTIONS = [
        self::OPTION,
        'coinpay_prepared',
        'coinpay_shop_id',
        'coinpay_coins',
        'coinpay_last_accepted',
    ];

    public const DEFAULTS = [
        'enabled' => 'no',
        'title' => '',
        'description' => '',
        'mode' => 'live',
        'api_key' => '',
        'business_id' => '',
        'webhook_secrets' => '',
        'base_url' => '',
        'coins' => [],
        'window_minutes' => '60',
        'status_seen' => 'on-hold',
        'status_review' => ReviewStatus::NAME,
        'status_expired' => 'cancelled',
        'alert_email' => '',
        'log' => 'problems',
        'keep_data' => 'yes',
    ];

    /** What may stand in wp-config.php instead. */
    private const CONSTANTS = [
        'api_key' => 'COINPAY_API_KEY',
        'webhook_secrets' => 'COINPAY_WEBHOOK_SECRETS',
    ];

    public static function text(string $key): string
    {
        if (self::isFixed($key)) {
            return (string) constant(self::CONSTANTS[$key]);
        }
        $value = self::all()[$key];
        return is_string($value) ? $value : '';
    }

    /**
     * @return list<string>
     */
    public static function list(string $key): array
    {
        $value = self::all()[$key];
        return array_values(array_filter(is_array($value) ? $value : [], 'is_string'));
    }

    public static function isFixed(string $key): bool
    {
        return isset(self::CONSTANTS[$key]) && defined(self::CONSTANTS[$key]);
    }

    /**
     * @return array<string, mixed>
     */
    public static function all(): array
    {
        $stored = get_option(self::OPTION);
        return array_intersect_key(is_array($stored) ? $stored : [], self::DEFAULTS) + self::DEFAULTS;
    }

    /**
     * The status of an order for which money was seen, needs a person, or expired. Never one that
     * means paid, whatever is stored.
     */
    public static function orderStatus(string $key): string
    {
        $status = self::text($key);
        $known = array_key_exists("wc-$status", wc_get_order_statuses());
        return $known && !in_array($status, self::paidStatuses(), true)
            ? $status
            : self::DEFAULTS[$key];
    }

    /**
     * @return list<string>
     */
    public static function paidStatuses(): array
    {
        $also = ['processing', 'completed', 'refunded'];
        $said = function_exists('wc_get_is_paid_statuses') ? wc_get_is_paid_statuses() : [];
        return array_values(array_unique([...$also, ...(array) $said]));
    }

    /**
     * Newest first.
     *
     * @return list<string>
     */
    public static function secrets(): array
    {
        $lines = preg_split('/[\s,]+/', self::text('webhook_secrets'), -1, PREG_SPLIT_NO_EMPTY);
        return $lines === false ? [] : $lines;
    }

    /**
     * Null is the gateway itself.
     */
    public static function baseUrl(): ?string
    {
        $url = self::text('base_url');
        return self::text('mode') === 'test' && $url !== '' ? $url : null;
    }

    /**
     * Tells this shop's orders from those of other shops of the same business.
     */
    public static function shopId(): string
    {
        $known = get_option('coinpay_shop_id');
        if (!is_string($known) || $known === '') {
            $known = wp_generate_uuid4();
            add_option('coinpay_shop_id', $known, '', true);
        }
        return $known;
    }

    /**
     * What is missing before anything can work: the names of settings.
     *
     * @return list<string>
     */
    public static function problems(): array
    {
        $needed = ['api_key', 'business_id', 'webhook_secrets'];
        return array_values(array_filter($needed, static fn ($key) => self::text($key) === ''));
    }

    /**
     * The library's configuration.
     *
     * @return array<string, mixed>
     * @throws CoinPayException where something is missing
     */
    public static function config(): array
    {
        $missing = self::problems();
        if ($missing !== []) {
            $why = implode(', ', $missing) . ': not set';
            throw CoinPayException::with(ErrorCode::InvalidConfiguration, $why);
        }
        $minutes = (int) self::text('window_minutes');
        $config = [
            'mode' => self::text('mode'),
            'api_key' => self::text('api_key'),
            'business_id' => self::text('business_id'),
            'webhook_secrets' => self::secrets(),
            'shop_id' => self::shopId(),
            'table_prefix' => Database::prefix(),
            // WooCommerce counts the stock; giving back and taking again are asked of it.
            'stock' => 'host',
            'window_minutes' => $minutes,
            'window_btc_minutes' => max(180, $minutes),
        ];
        $base = self::baseUrl();
        return $base === null ? $config : $config + ['base_url' => $base];
    }
}
