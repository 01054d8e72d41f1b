<?php

declare(strict_types=1);

namespace CoinPay\Http;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * The gateway by curl.
 */
final class CurlTransport implements Transport
{
    /** Nothing was sent yet: no proxy, no host, no connection, no TLS. */
    private const BEFORE_SENDING = [
        CURLE_COULDNT_RESOLVE_PROXY,
        CURLE_COULDNT_RESOLVE_HOST,
        CURLE_COULDNT_CONNECT,
        CURLE_SSL_CONNECT_ERROR,
        CURLE_SSL_CACERT,
        CURLE_UNSUPPORTED_PROTOCOL,
        CURLE_URL_MALFORMAT,
    ];

    public function __construct()
    {
        if (!extension_loaded('curl')) {
            $why = 'the extension curl is not loaded; load it, or pass a Transport of your own';
            throw CoinPayException::with(ErrorCode::InvalidConfiguration, $why);
        }
    }

    public function send(array $request, #[\SensitiveParameter] ?string $bearer): Answer
    {
        $headers = [];
        $body = '';
        $tooLarge = false;
        $most = $request['max_answer_bytes'];
        $curl = curl_init();
        $options = [
            CURLOPT_URL => $request['url'],
            CURLOPT_CUSTOMREQUEST => $request['method'],
            CURLOPT_HTTPHEADER => self::lines($request, $bearer),
            CURLOPT_TIMEOUT_MS => $request['timeout_ms'],
            CURLOPT_CONNECTTIMEOUT_MS => min(5000, $request['timeout_ms']),
            CURLOPT_FOLLOWLOCATION => false,
            // Plain HTTP is the sandbox on this machine; the library refuses it otherwise.
            CURLOPT_PROTOCOLS => CURLPROTO_HTTPS | CURLPROTO_HTTP,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_HEADERFUNCTION => static function ($curl, string $line) use (&$headers): int {
                if (str_starts_with($line, 'HTTP/')) {
                    $headers = [];
                }
                $parts = explode(':', $line, 2);
                if (count($parts) === 2) {
                    $headers[] = [trim($parts[0]), trim($parts[1])];
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($curl, string $more) use (
                &$body,
                &$tooLarge,
                $most,
            ): int {
                $tooLarge = strlen($body) + strlen($more) > $most;
                if ($tooLarge) {
                    return -1;
                }
                $body .= $more;
                return strlen($more);
            },
        ];
        if (isset($request['body'])) {
            $options[CURLOPT_POSTFIELDS] = $request['body'];
        }
        curl_setopt_array($curl, $options);
        $whole = curl_exec($curl);
        if ($whole !== false) {
            $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
            return new Answer($status, self::readable($headers), $body);
        }
        $early = in_array(curl_errno($curl), self::BEFORE_SENDING, true)
            || curl_getinfo($curl, CURLINFO_REQUEST_SIZE) === 0;
        throw new HttpFault(match (true) {
            $tooLarge => HttpFault::TOO_LARGE,
            $early => HttpFault::NOT_SENT,
            default => HttpFault::INTERRUPTED,
        });
    }

    /**
     * @return list<string>
     */
    private static function lines(array $request, ?string $bearer): array
    {
        $pairs = $request['headers'];
        if ($request['auth'] === 'bearer') {
            $pairs[] = ['Authorization', "Bearer $bearer"];
        }
        // Without `Expect`, curl would wait a second before it sends a longer body.
        $pairs[] = ['Expect', ''];
        return array_map(static fn (array $pair) => "$pair[0]: $pair[1]", $pairs);
    }

    /**
     * Headers are not always UTF-8, which documents have to be; one that is not says nothing.
     */
    private static function readable(array $headers): array
    {
        $sound = static fn (array $pair) => preg_match('//u', $pair[0] . $pair[1]) === 1;
        return array_values(array_filter($headers, $sound));
    }
}
