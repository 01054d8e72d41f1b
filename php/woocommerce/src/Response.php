<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Answers of our own endpoints, outside of any theme, and what goes on after them.
 */
final class Response
{
    /**
     * Sends an answer and lets the other side go; what is called next runs after it.
     *
     * @param array<string, string> $headers
     */
    public static function send(int $status, string $type, string $body, array $headers = []): void
    {
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
        status_header($status);
        nocache_headers();
        header("Content-Type: $type");
        header('X-Robots-Tag: noindex');
        foreach ($headers as $name => $value) {
            header("$name: $value");
        }
        ignore_user_abort(true);
        if (function_exists('fastcgi_finish_request')) {
            echo $body; // phpcs:ignore WordPress.Security.EscapeOutput -- a whole document of the library's
            fastcgi_finish_request();
            return;
        }
        if (function_exists('litespeed_finish_request')) {
            echo $body; // phpcs:ignore WordPress.Security.EscapeOutput
            litespeed_finish_request();
            return;
        }
        header('Content-Length: ' . strlen($body));
        header('Connection: close');
        echo $body; // phpcs:ignore WordPress.Security.EscapeOutput
        flush();
    }
}
