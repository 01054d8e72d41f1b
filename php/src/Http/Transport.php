<?php

declare(strict_types=1);

namespace CoinPay\Http;

/**
 * Sends a request of the library's once: no redirects, no retries of its own. The library alone
 * repeats, because only it knows what may be repeated.
 */
interface Transport
{
    /**
     * @param array{method: string, url: string, headers: list<array{string, string}>,
     *     body?: string, auth: string, timeout_ms: int, max_answer_bytes: int} $request
     * @param ?string $bearer the key for the header `Authorization`, if the request asks for it
     * @throws HttpFault
     */
    public function send(array $request, #[\SensitiveParameter] ?string $bearer): Answer;
}
