<?php

declare(strict_types=1);

namespace CoinPay\Exception;

/**
 * The database is busy, away or not fit for orders.
 */
class StoreException extends CoinPayException
{
}
