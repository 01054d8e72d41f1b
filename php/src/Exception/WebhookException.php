<?php

declare(strict_types=1);

namespace CoinPay\Exception;

/**
 * The webhook is not authentic, or is no event.
 */
class WebhookException extends CoinPayException
{
}
