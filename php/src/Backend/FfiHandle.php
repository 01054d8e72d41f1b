<?php

declare(strict_types=1);

namespace CoinPay\Backend;

/**
 * Something that the library opened; it is freed with this object.
 *
 * @internal
 */
final class FfiHandle
{
    public function __construct(
        private \FFI $ffi,
        public readonly \FFI\CData $pointer,
        private string $free,
    ) {
    }

    public function __destruct()
    {
        $free = $this->free;
        $this->ffi->$free($this->pointer);
    }

    private function __clone()
    {
    }
}
