<?php

/**
 * Loads the package under test: the unpacked archive that COINPAY_TEST_PACKAGE names, as a shop
 * would install it, else the sources, with the variables of CoinPay\Backend\Backends.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

function package(): string
{
    return getenv('COINPAY_TEST_PACKAGE') ?: dirname(__DIR__, 2) . '/php';
}

require_once package() . '/autoload.php';
