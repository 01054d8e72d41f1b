<?php

declare(strict_types=1);

namespace CoinPay\Http;

/**
 * Why there is no answer.
 */
final class HttpFault extends \RuntimeException
{
    /** No byte of the request can have reached the gateway. */
    public const NOT_SENT = 'not_sent';
    /** It may have reached it. */
    public const INTERRUPTED = 'interrupted';
    /** The answer was longer than asked for. */
    public const TOO_LARGE = 'too_large';

    public function __construct(public readonly string $fault)
    {
        parent::__construct($fault);
    }
}
