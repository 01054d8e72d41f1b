<?php

declare(strict_types=1);

namespace CoinPay\Http;

/**
 * What the gateway answered, whatever the status.
 */
final class Answer
{
    /**
     * @param list<array{string, string}> $headers
     */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }
}
