<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * Where the gateway's webhooks arrive. Not a route of the REST API, which refuses bodies that are not
 * JSON before anybody could store them, and which security plugins switch off.
 */
final class WebhookEndpoint
{
    public const QUERY = 'coinpay-webhook';

    /** More than the library takes; the rest of a flood is not read. */
    private const MOST_BYTES = 262144 + 1;

    public static function url(): string
    {
        return add_query_arg(self::QUERY, '1', home_url('/'));
    }

    public static function answerIfAsked(): void
    {
        // phpcs:ignore WordPress.Security.NonceVerification -- the body is signed
        if (!isset($_GET[self::QUERY])) {
            return;
        }
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            Response::send(405, 'application/json', '{"error":"post_only"}', ['Allow' => 'POST']);
            exit;
        }
        $wasHandled = self::answer();
        if ($wasHandled) {
            Worker::soon();
        }
        exit;
    }

    private static function answer(): bool
    {
        // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared with a signature
        $signature = wp_unslash($_SERVER['HTTP_X_COINPAY_SIGNATURE'] ?? null);
        $body = (string) file_get_contents('php://input', false, null, 0, self::MOST_BYTES);
        try {
            $answer = Shop::engine()->handleWebhook(
                $body,
                is_string($signature) ? $signature : null,
            );
        } catch (CoinPayException $refused) {
            Log::error("webhook: {$refused->error->value}: {$refused->getMessage()}");
            Response::send(
                503,
                'application/json',
                '{"error":"unavailable"}',
                ['Retry-After' => '30'],
            );
            return false;
        }
        $retry = array_filter(['Retry-After' => (string) ($answer['retry_after_s'] ?? '')]);
        $status = (int) $answer['http_status'];
        $accepted = $status >= 200 && $status < 300;
        if ($accepted && ($answer['outcome'] ?? '') !== 'test') {
            $event = [
                'at' => time(),
                'type' => (string) ($answer['event_type'] ?? ''),
                'outcome' => (string) $answer['outcome'],
            ];
            update_option('coinpay_last_accepted', $event, false);
        }
        Response::send($status, 'application/json', (string) $answer['body'], $retry);
        $cause = isset($answer['likely_cause']) ? ": {$answer['likely_cause']}" : '';
        $line = 'webhook ' . ($answer['event_type'] ?? '') . " {$answer['outcome']} $status$cause";
        $accepted ? Log::info($line) : Log::warning($line);
        return $accepted;
    }
}
