<?php

/**
 * What a whole webhook costs under php-fpm, from the start of the request to its end: this package
 * with FFI preloaded, with FFI on and over the bridge, beside a handler in PHP that does with MariaDB
 * what the gateway's example does, and promises none of what the package does. Ratios are printed
 * and not judged: `cargo xtask bench php`.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Engine;
use CoinPay\Store\MysqliExecutor;
use CoinPay\Webhook;

require __DIR__ . '/bootstrap.php';

const EVENTS = 120;
/** The first requests of a worker compile what the others find ready. */
const WARM = 20;

/** @return list<array{string, string}> bodies with signatures, each for an order of its own */
function ours(Sandbox $sandbox, array $config): array
{
    $engine = Engine::withStore($config, executor('mysqli on MariaDB'));
    $engine->prepareStore();
    $webhook = new Webhook('whsec_sandbox', 300, $engine->backend());
    $events = [];
    for ($number = 0; $number < EVENTS; $number++) {
        $cart = ['cart_id' => "cart-$number", 'currency' => 'USD', 'blockchain' => 'BTC', 'total' => '20'];
        $payment = $engine->createCheckout($cart)['order']['payment']['payment_id'];
        $sandbox->pay($payment);
        $body = $sandbox->events($payment)[0];
        $events[] = [$body, $webhook->sign($body)];
    }
    return $events;
}

/** @return list<array{string, string}> */
function seeds(): array
{
    $place = parse_url(variable('COINPAY_TEST_MARIADB'));
    $dsn = "mysql:host={$place['host']};port={$place['port']};dbname=" . ltrim($place['path'], '/');
    $db = new \PDO($dsn, $place['user'], '');
    $db->exec('CREATE TABLE seed_orders (id CHAR(36) PRIMARY KEY, status TEXT, payment_status TEXT,
        paid_at DATETIME)');
    $db->exec('CREATE TABLE seed_events (event_id VARCHAR(100) PRIMARY KEY, event_type TEXT,
        order_id CHAR(36), processed_at DATETIME DEFAULT NOW())');
    $webhook = new Webhook('whsec_sandbox');
    $events = [];
    for ($number = 0; $number < EVENTS; $number++) {
        $order = sprintf('00000000-0000-4000-8000-%012d', $number);
        $db->exec("INSERT INTO seed_orders VALUES ('$order', 'awaiting_payment', 'pending', NULL)");
        $body = json_encode([
            'id' => "evt_$number",
            'type' => 'payment.confirmed',
            'data' => ['payment_id' => $order, 'status' => 'confirmed', 'amount_usd' => '20.00',
                'amount_crypto' => '0.0003', 'metadata' => ['orderId' => $order]],
        ]);
        $events[] = [$body, $webhook->sign($body)];
    }
    return $events;
}

/** The middle of what the requests took, in microseconds. */
function middle(Served $served, string $way, array $events): float
{
    $took = [];
    foreach ($events as $number => [$body, $signature]) {
        $answer = $served->run(__DIR__ . '/web/webhook.php', "way=$way", $body, [
            'HTTP_X_COINPAY_SIGNATURE' => $signature,
        ]);
        if (($answer['status'] ?? 0) !== 200) {
            throw new \RuntimeException("$way: " . json_encode($answer));
        }
        if ($number >= WARM) {
            $took[] = $answer['took_us'];
        }
    }
    sort($took);
    return $took[intdiv(count($took), 2)];
}

$sandbox = new Sandbox();
$package = package();
$ways = [
    'FFI, preloaded' => ['opcache.enable' => '1', 'opcache.preload' => "$package/preload.php"],
    'FFI on' => ['ffi.enable' => '1'],
    'bridge' => [],
];
$seed = middle(Served::fpm(), 'seed', seeds());
printf("%-28s %10s %7s\n", 'one whole webhook, µs', 'middle', 'ratio');
printf("%-28s %10.0f\n", 'the example, by hand', $seed);
foreach (array_keys($ways) as $number => $name) {
    $config = $sandbox->config('nowhere') + ['table_prefix' => "bench{$number}_"];
    // Open orders without a customer are not counted, so that one shop may have many.
    $events = ours($sandbox, $config);
    $variables = ['SHOP_CONFIG' => json_encode($config), 'COINPAY_TEST_PACKAGE' => $package];
    $middle = middle(Served::fpm($ways[$name], $variables), 'ours', $events);
    printf("%-28s %10.0f %7.2f\n", $name, $middle, $middle / $seed);
}
