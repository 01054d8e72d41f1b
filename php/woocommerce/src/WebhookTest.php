<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Webhook;

/**
 * Sends webhooks to this site's public address, through whatever stands before it, and looks into the
 * database whether they arrived: a forged one must not, a signed one must.
 */
final class WebhookTest
{
    /**
     * @return list<array{bool, string}>
     */
    public static function run(): array
    {
        $before = self::arrivedAt();
        $body = (string) wp_json_encode([
            'id' => 'evt_' . wp_generate_uuid4(),
            'type' => 'test.webhook',
            'created_at' => gmdate('c'),
            'business_id' => Settings::text('business_id'),
            'data' => ['payment_id' => 'test_' . wp_generate_uuid4(), 'status' => 'test'],
        ]);
        $forged = self::send($body, 't=' . time() . ',v1=' . str_repeat('0', 64));
        $webhook = new Webhook(Settings::secrets(), 300, Shop::backend());
        $signed = self::send($body, $webhook->sign($body));
        $arrived = self::arrivedAt();
        return [
            self::told(
                $forged === 401,
                __('A forged webhook is refused.', 'coinpay-woocommerce'),
                __('A forged webhook was answered with %s, not 401.', 'coinpay-woocommerce'),
                $forged,
            ),
            self::told(
                $signed === 200,
                __('A signed webhook is taken.', 'coinpay-woocommerce'),
                __(
                    'A signed webhook was answered with %s, not 200. Does a firewall, a cache or a password stand before this site?',
                    'coinpay-woocommerce',
                ),
                $signed,
            ),
            self::told(
                $arrived > $before,
                __('It has arrived in the database.', 'coinpay-woocommerce'),
                __('It has not arrived in the database (%s).', 'coinpay-woocommerce'),
                $signed,
            ),
        ];
    }

    /**
     * @return array{bool, string}
     */
    private static function told(bool $good, string $yes, string $no, int|string $with): array
    {
        return [$good, $good ? $yes : sprintf($no, (string) $with)];
    }

    /**
     * @return int|string the status, or why there was no answer
     */
    private static function send(string $body, string $signature): int|string
    {
        $came = wp_remote_post(WebhookEndpoint::url(), [
            'body' => $body,
            'headers' => [
                'Content-Type' => 'application/json',
                'User-Agent' => 'CoinPay-Webhook/1.0',
                'X-CoinPay-Signature' => $signature,
            ],
            'redirection' => 0,
            'timeout' => 15,
        ]);
        return is_wp_error($came)
            ? $came->get_error_message()
            : (int) wp_remote_retrieve_response_code($came);
    }

    private static function arrivedAt(): int
    {
        return (int) (Shop::engine()->health()['webhook_test']['at_ms'] ?? 0);
    }
}
