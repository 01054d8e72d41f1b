<?php

declare(strict_types=1);

namespace CoinPay\Backend;

/**
 * Why a way to the library cannot be taken here: which setting or file is in the way.
 *
 * @internal
 */
final class Unavailable extends \RuntimeException
{
}
