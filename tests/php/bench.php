<?php

/**
 * What checking a webhook costs in one process, beside the same check written in PHP:
 * `cargo xtask bench php`. Fails if ours is not at least twice as fast.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backends;
use CoinPay\Webhook;

require __DIR__ . '/package.php';

const ROUNDS = 20_000;
const REPEATS = 9;
const SECRET = 'whsec_0123456789abcdef0123456789abcdef';
const WANTED_RATIO = 2.0;

/** The same in PHP: every rule that the vectors know and that costs anything. */
function verified(string $body, ?string $header, array $secrets, int $nowMs): bool
{
    if (strlen($body) > 256 * 1024 || $header === null || trim($header) === '') {
        return false;
    }
    $time = null;
    $signatures = [];
    foreach (explode(',', trim($header)) as $part) {
        [$name, $value] = explode('=', trim($part), 2) + ['', ''];
        if ($name === 't') {
            if ($time !== null || preg_match('/^[1-9][0-9]{0,11}$/D', $value) !== 1) {
                return false;
            }
            $time = $value;
        } elseif ($name === 'v1') {
            if (preg_match('/^[0-9a-fA-F]{64}$/D', $value) !== 1) {
                return false;
            }
            $signatures[] = strtolower($value);
        }
    }
    if ($time === null || count($signatures) > 4) {
        return false;
    }
    if (abs(intdiv($nowMs, 1000) - (int) $time) > 300) {
        return false;
    }
    foreach ($secrets as $secret) {
        if (trim($secret) === '') {
            continue;
        }
        $ours = hash_hmac('sha256', "$time.$body", $secret);
        foreach ($signatures as $signature) {
            if (hash_equals($ours, $signature)) {
                return true;
            }
        }
    }
    return false;
}

/** The least nanoseconds of a call over the repeats: what the machine did besides is no cost. */
function cost(\Closure $call): float
{
    $least = INF;
    for ($repeat = 0; $repeat < REPEATS; $repeat++) {
        $start = hrtime(true);
        for ($round = 0; $round < ROUNDS; $round++) {
            $call();
        }
        $least = min($least, (hrtime(true) - $start) / ROUNDS);
    }
    return $least;
}

$webhook = new Webhook([SECRET], 300, Backends::get('ffi'));
$slowest = INF;
printf("%-28s %10s %10s %7s\n", 'one webhook, ns', 'FFI', 'PHP', 'ratio');
foreach ([200, 700, 4000] as $size) {
    $body = str_pad('{"id":"evt","type":"payment.confirmed","data":{', $size, 'x');
    $nowMs = 1_795_348_800_000;
    $header = $webhook->sign($body, intdiv($nowMs, 1000));
    $ours = cost(static fn () => $webhook->verify($body, $header, $nowMs));
    $theirs = cost(static fn () => verified($body, $header, [SECRET], $nowMs));
    if (!verified($body, $header, [SECRET], $nowMs) || verified("$body ", $header, [SECRET], $nowMs)) {
        throw new \LogicException('the check in PHP is wrong');
    }
    printf("%-28s %10.0f %10.0f %7.2f\n", "$size bytes", $ours, $theirs, $theirs / $ours);
    $slowest = min($slowest, $theirs / $ours);
}
exit($slowest >= WANTED_RATIO ? 0 : 1);
