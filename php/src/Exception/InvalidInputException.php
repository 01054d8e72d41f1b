<?php

declare(strict_types=1);

namespace CoinPay\Exception;

/**
 * The call or the configuration is wrong, or names what is not there.
 */
class InvalidInputException extends CoinPayException
{
}
