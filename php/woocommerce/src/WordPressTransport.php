<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Http\Answer;
use CoinPay\Http\HttpFault;
use CoinPay\Http\Transport;

/**
 * Sends requests as WordPress does, so that a proxy, certificates or a firewall set up for WordPress
 * hold for this too. Sends once; the library alone repeats.
 */
final class WordPressTransport implements Transport
{
    /** Of curl: nothing can have been sent yet. */
    private const BEFORE_SENDING = [1, 3, 5, 6, 7, 35, 60, 77];

    public function send(array $request, #[\SensitiveParameter] ?string $bearer): Answer
    {
        $headers = [];
        foreach ($request['headers'] as [$name, $value]) {
            $headers[$name] = $value;
        }
        if ($request['auth'] === 'bearer') {
            $headers['Authorization'] = "Bearer $bearer";
        }
        $most = (int) $request['max_answer_bytes'];
        $came = wp_remote_request($request['url'], [
            'method' => $request['method'],
            'headers' => $headers,
            'body' => $request['body'] ?? null,
            'timeout' => max(1, $request['timeout_ms'] / 1000),
            'redirection' => 0,
            'httpversion' => '1.1',
            'limit_response_size' => $most + 1,
            'reject_unsafe_urls' => false,
        ]);
        if (is_wp_error($came)) {
            throw new HttpFault(self::fault($came));
        }
        $body = (string) wp_remote_retrieve_body($came);
        if (strlen($body) > $most) {
            throw new HttpFault(HttpFault::TOO_LARGE);
        }
        return new Answer(
            (int) wp_remote_retrieve_response_code($came),
            self::headers($came),
            $body,
        );
    }

    private static function fault(\WP_Error $error): string
    {
        if ($error->get_error_code() === 'http_request_not_executed') {
            // A setting of WordPress's forbids the request.
            return HttpFault::NOT_SENT;
        }
        $told = preg_match('/cURL error (\d+)/', $error->get_error_message(), $found) === 1;
        $early = $told && in_array((int) $found[1], self::BEFORE_SENDING, true);
        return $early ? HttpFault::NOT_SENT : HttpFault::INTERRUPTED;
    }

    /**
     * @return list<array{string, string}>
     */
    private static function headers(array $came): array
    {
        $pairs = [];
        foreach (wp_remote_retrieve_headers($came) as $name => $values) {
            foreach ((array) $values as $value) {
                // Documents have to be UTF-8; a header that is not says nothing.
                if (preg_match('//u', $name . $value) === 1) {
                    $pairs[] = [(string) $name, (string) $value];
                }
            }
        }
        return $pairs;
    }
}
