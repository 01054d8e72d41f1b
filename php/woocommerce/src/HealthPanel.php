<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * How the shop's payments are: what is in the way, what waits, what was heard last and what was refused.
 */
final class HealthPanel
{
    /**
     * What keeps the payment method from being offered, and what to change.
     */
    public static function printObstacles(): void
    {
        foreach (self::obstacles() as $obstacle) {
            printf('<div class="notice notice-error inline"><p>%s</p></div>', esc_html($obstacle));
        }
    }

    /**
     * @return list<string>
     */
    public static function obstacles(): array
    {
        $found = [];
        try {
            Shop::backend();
        } catch (CoinPayException $refused) {
            $found[] = $refused->getMessage();
        }
        $missing = Settings::problems();
        if ($missing !== []) {
            /* translators: %s: names of settings */
            $found[] = sprintf(
                __('Not set yet: %s.', 'coinpay-woocommerce'),
                implode(', ', $missing),
            );
        }
        return $found;
    }

    public static function print(): void
    {
        printf('<h2>%s</h2>', esc_html__('Health', 'coinpay-woocommerce'));
        echo '<table class="widefat striped" id="coinpay-health"><tbody>';
        foreach (self::lines() as $name => $value) {
            printf(
                '<tr><th scope="row">%s</th><td>%s</td></tr>',
                esc_html($name),
                esc_html($value),
            );
        }
        echo '</tbody></table>';
    }

    /**
     * @return array<string, string>
     */
    private static function lines(): array
    {
        $lines = [__('Plugin', 'coinpay-woocommerce') => VERSION];
        try {
            $backend = Shop::backend();
            $engine = $backend->version() . ', ' . $backend->name() . ': ' . $backend->why();
            $lines[__('Engine in use', 'coinpay-woocommerce')] = $engine;
            if (Settings::problems() !== []) {
                return $lines;
            }
            return $lines + self::ofShop(Shop::engine()->health());
        } catch (CoinPayException $refused) {
            $code = $refused->error->value;
            return $lines + [
                __('Problem', 'coinpay-woocommerce') => "$code: {$refused->getMessage()}",
            ];
        }
    }

    /**
     * @param array<string, mixed> $health
     * @return array<string, string>
     */
    private static function ofShop(array $health): array
    {
        $none = __('none yet', 'coinpay-woocommerce');
        $accepted = get_option('coinpay_last_accepted');
        $rejected = $health['webhook_rejected'] ?? null;
        /* translators: 1: how many, 2: of how many */
        $asking = sprintf(
            __('%1$d of the last %2$d', 'coinpay-woocommerce'),
            $health['learnt_by_asking'],
            $health['learnt'],
        );
        $worked = self::timeMs($health['worked_at_ms'] ?? null);
        $timer = function_exists('as_has_scheduled_action') ? 'Action Scheduler' : 'WP-Cron';
        $lines = [
            __('Webhook taken last', 'coinpay-woocommerce') => self::taken($accepted) ?: $none,
            __('Webhook refused last', 'coinpay-woocommerce') => self::refused($rejected) ?: $none,
            __('Webhooks refused, at least', 'coinpay-woocommerce') => self::refusals($health) ?: '0',
            __('Payments learnt by asking', 'coinpay-woocommerce') => $asking,
            __('Timer ran last', 'coinpay-woocommerce') => $worked ?: $none,
            __('Timer', 'coinpay-woocommerce') => $timer,
            __('Orders', 'coinpay-woocommerce') => self::counts($health['orders']),
        ];
        foreach ($health['warnings'] as $number => $warning) {
            $name = sprintf('%s %d', __('Warning', 'coinpay-woocommerce'), $number + 1);
            $lines[$name] = Words::warning($warning['code']) . " ({$warning['count']})";
        }
        return $lines;
    }

    private static function taken(mixed $event): string
    {
        return is_array($event)
            ? "{$event['type']} ({$event['outcome']}), " . self::time((int) $event['at'])
            : '';
    }

    private static function refused(mixed $event): string
    {
        if (!is_array($event)) {
            return '';
        }
        $why = ($event['code'] ?? '') . ': ' . ($event['cause'] ?? '');
        return trim($why . ' ' . self::timeMs($event['at_ms'] ?? null));
    }

    /**
     * @param array<string, mixed> $health
     */
    private static function refusals(array $health): string
    {
        $counts = [];
        foreach ($health['webhooks_refused'] as $code => $count) {
            $counts[] = "$code: $count";
        }
        $since = self::timeMs($health['webhooks_refused_since_ms'] ?? null);
        return $counts === [] ? '' : implode(', ', $counts) . " ($since)";
    }

    /**
     * @param array<string, int> $counts
     */
    private static function counts(array $counts): string
    {
        $words = [];
        foreach ($counts as $status => $count) {
            $words[] = Words::status((string) $status) . ": $count";
        }
        return implode(', ', $words);
    }

    private static function timeMs(mixed $atMs): string
    {
        return is_numeric($atMs) ? self::time(intdiv((int) $atMs, 1000)) : '';
    }

    private static function time(int $at): string
    {
        return (string) wp_date('Y-m-d H:i:s', $at);
    }
}
