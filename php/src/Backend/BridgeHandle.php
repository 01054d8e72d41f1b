<?php

declare(strict_types=1);

namespace CoinPay\Backend;

/**
 * Something that is open in the bridge, by its number there.
 *
 * @internal
 */
final class BridgeHandle
{
    public function __construct(
        public readonly int $number,
        private ?\Closure $drop = null,
    ) {
    }

    public function __destruct()
    {
        if ($this->drop !== null) {
            try {
                ($this->drop)($this->number);
            } catch (\Throwable) {
                // A bridge that has ended holds nothing any more.
            }
        }
    }

    private function __clone()
    {
    }
}
