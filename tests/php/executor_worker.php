<?php

/**
 * The second executor of the contract, in a process of its own, because two have to run at the
 * same time. Lines of JSON in and out: `{"do": "load" | "commit" | "churn", ...}`.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Store\StoreFault;

require __DIR__ . '/package.php';
require __DIR__ . '/executors.php';

$executor = executor($argv[1]);

function say(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_THROW_ON_ERROR) . "\n");
}

/** Loads without pause until a line comes in; gives what was seen, and how often it looked. */
function churn($executor, array $statements): array
{
    $seen = [];
    $loads = 0;
    do {
        try {
            $seen[serialize($executor->load($statements))] ??= count($seen);
        } catch (StoreFault $fault) {
            if ($fault->class !== StoreFault::RETRY) {
                return ['fault' => $fault->class, 'code' => $fault->dbCode];
            }
        }
        if (++$loads % 10 === 0) {
            say(['loads' => $loads]);
        }
        [$read, $none] = [[STDIN], null];
    } while (stream_select($read, $none, $none, 0) === 0);
    fgets(STDIN);
    return ['seen' => array_map('unserialize', array_keys($seen)), 'loads' => $loads];
}

while (($line = fgets(STDIN)) !== false) {
    $order = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    try {
        say(match ($order['do']) {
            'load' => ['rows' => $executor->load($order['statements'])],
            'commit' => [($executor->commit($order['statements']) ?? 'committed') => true],
            'churn' => churn($executor, $order['statements']),
        });
    } catch (StoreFault $fault) {
        say(['fault' => $fault->class, 'code' => $fault->dbCode]);
    }
}
