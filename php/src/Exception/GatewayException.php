<?php

declare(strict_types=1);

namespace CoinPay\Exception;

/**
 * The gateway refused, failed or did not answer.
 */
class GatewayException extends CoinPayException
{
}
