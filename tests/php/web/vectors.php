<?php

/**
 * Runs the shared vectors in whatever serves this script; prints which way to the library it
 * took, and why.
 */

declare(strict_types=1);

require __DIR__ . '/../package.php';
require __DIR__ . '/../Vectors.php';

header('Content-Type: application/json');
try {
    $backend = CoinPay\Backend\Backends::get();
    $told = ['backend' => $backend->name(), 'why' => $backend->why(), 'sapi' => PHP_SAPI];
    echo json_encode($told + CoinPay\Tests\Vectors::run($backend));
} catch (CoinPay\Exception\CoinPayException $refused) {
    echo json_encode(['code' => $refused->error->value, 'message' => $refused->getMessage()]);
}
