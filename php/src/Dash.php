<?php

declare(strict_types=1);

namespace CoinPay;

use CoinPay\Exception\CoinPayException;

/**
 * The operator's view, behind the host's own login: everything under one place is answered by
 * {@see self::serve()}. Who may look is for the host to say, in each request.
 */
final class Dash
{
    /** Far more than any form of ours. */
    private const MOST_BYTES = 65536;
    private const LEAST_CHARACTERS = 32;

    /**
     * @param string $base where it is mounted, such as `/admin/coinpay`. Where a host has no paths to
     *     give, it ends in `=`, such as `/admin.php?page=coinpay&path=`: then the path travels as that
     *     field of the query
     * @param string $secret at least 32 characters that nobody can guess. What makes forms of other
     *     sites worthless is made of it, so that it is the same while a session lasts
     * @param ?string $metricsToken lets Prometheus in without a login, to `/metrics` and nothing else,
     *     by `Authorization: Bearer`; at least 32 characters
     */
    public function __construct(
        private Engine $engine,
        private string $base,
        #[\SensitiveParameter] private string $secret,
        #[\SensitiveParameter] private ?string $metricsToken = null,
    ) {
        foreach (['secret' => $secret, 'metricsToken' => $metricsToken] as $name => $text) {
            if ($text !== null && strlen($text) < self::LEAST_CHARACTERS) {
                $why = sprintf('%s: has at least %d characters', $name, self::LEAST_CHARACTERS);
                throw CoinPayException::with(ErrorCode::InvalidConfiguration, $why);
            }
        }
        $this->base = rtrim($base, '/');
    }

    /**
     * Answers the request that PHP is running for.
     *
     * @param ?string $actor who asks, by the host's login: the name that is written into the log of
     *     what they decide. Null where nobody is logged in, or somebody who may not look: they are
     *     answered 403 and are shown nothing
     */
    public function serve(?string $actor): void
    {
        $method = $_SERVER['REQUEST_METHOD'] ?? 'GET';
        $most = self::MOST_BYTES + 1;
        $form = $method === 'POST' ? file_get_contents('php://input', false, null, 0, $most) : '';
        $answer = $this->answer($actor, $_SERVER, (string) $form);
        http_response_code($answer['http_status']);
        foreach ($answer['headers'] as [$name, $value]) {
            header("$name: $value");
        }
        if ($method !== 'HEAD') {
            echo $answer['body'];
        }
    }

    /**
     * The same for a host that has requests and answers of its own.
     *
     * @param array<string, mixed> $server the request as `$_SERVER` has it
     * @param string $form the body of a form, as it came
     * @return array{http_status: int, headers: list<array{string, string}>, body: string}
     */
    public function answer(?string $actor, array $server, string $form = ''): array
    {
        $method = (string) ($server['REQUEST_METHOD'] ?? 'GET');
        $reads = in_array($method, ['GET', 'HEAD'], true);
        $place = $this->place((string) ($server['REQUEST_URI'] ?? '/'));
        if ($place === null) {
            return self::plain(404, 'There is no such page.');
        }
        [$path, $query] = $place;
        if ($reads && $path === '/metrics' && $this->hasToken($server)) {
            $actor = 'metrics';
        }
        if ($actor === null || trim($actor) === '' || (!$reads && self::isOfAnotherSite($server))) {
            return self::plain(403, 'Nobody is logged in who may look at this.');
        }
        if (strlen($form) > self::MOST_BYTES) {
            return self::plain(413, 'The form is too large.');
        }
        return $this->engine->dash([
            'method' => $method,
            'path' => $path,
            'query' => $query,
            'form' => $form,
            'base' => $this->base,
            'actor' => $actor,
            'csrf' => hash_hmac('sha256', "form of $actor", $this->secret),
            'nonce' => base64_encode(random_bytes(16)),
        ]);
    }

    /**
     * Path and query behind the place where this is mounted; null where something else was asked for.
     *
     * @return ?array{string, string}
     */
    private function place(string $url): ?array
    {
        [$path, $query] = explode('?', $url, 2) + [1 => ''];
        if (str_ends_with($this->base, '=')) {
            parse_str($query, $fields);
            $name = preg_split('/[?&]/', rtrim($this->base, '='));
            $path = $fields[end($name)] ?? '/';
            return is_string($path) && str_starts_with($path, '/') ? [$path, $query] : null;
        }
        $isOurs = $path === $this->base || str_starts_with($path, "{$this->base}/");
        $path = substr($path, strlen($this->base));
        return $isOurs ? [$path === '' ? '/' : $path, $query] : null;
    }

    private function hasToken(array $server): bool
    {
        // Apache hands it on under the second name after a rewrite.
        $sent = $server['HTTP_AUTHORIZATION'] ?? $server['REDIRECT_HTTP_AUTHORIZATION'] ?? '';
        $isBearer = preg_match('/^Bearer (.+)$/i', (string) $sent, $found) === 1;
        return $isBearer && $this->metricsToken !== null
            && hash_equals($this->metricsToken, $found[1]);
    }

    /**
     * Browsers say where a form comes from; the token in it stands in for those that do not.
     */
    private static function isOfAnotherSite(array $server): bool
    {
        $site = $server['HTTP_SEC_FETCH_SITE'] ?? 'none';
        return !in_array($site, ['same-origin', 'none'], true);
    }

    private static function plain(int $status, string $text): array
    {
        $headers = [
            ['content-type', 'text/plain; charset=utf-8'],
            ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
            ['cache-control', 'no-store'],
            ['x-content-type-options', 'nosniff'],
        ];
        return ['http_status' => $status, 'headers' => $headers, 'body' => "$text\n"];
    }
}
