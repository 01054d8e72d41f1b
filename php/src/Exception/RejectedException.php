<?php

declare(strict_types=1);

namespace CoinPay\Exception;

/**
 * The call is right, and the shop's rules or the order's state do not allow it.
 */
class RejectedException extends CoinPayException
{
}
