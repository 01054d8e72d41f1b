<?php

declare(strict_types=1);

namespace CoinPay\Store;

/**
 * Why a load or a commit failed: a class, and the database's own code, never its message, which
 * could quote a customer.
 */
final class StoreFault extends \RuntimeException
{
    /** A key or a check of ours: somebody was faster. */
    public const CONFLICT = 'conflict';
    /** Nothing was stored; the same again. */
    public const RETRY = 'retry';
    /** The connection was lost while the transaction was being committed: it may have happened. */
    public const UNKNOWN = 'unknown';
    /** Anything else; nothing was stored. */
    public const FATAL = 'fatal';

    public function __construct(public readonly string $class, public readonly string $dbCode)
    {
        parent::__construct("$class ($dbCode)");
    }
}
