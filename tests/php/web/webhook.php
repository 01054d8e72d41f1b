<?php

/**
 * A webhook under php-fpm, for `cargo xtask bench php`: `way=ours` is the package, `way=seed` does by
 * hand what the gateway's example does, with the table of its page. Prints what it cost, in
 * microseconds, from the start of the request.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Engine;
use CoinPay\Store\MysqliExecutor;

function place(): array
{
    return parse_url((string) getenv('COINPAY_TEST_MARIADB'));
}

function ours(string $body, string $signature): int
{
    // Preloaded already, where that is how it is served.
    require_once getenv('COINPAY_TEST_PACKAGE') . '/autoload.php';
    $place = place();
    $database = ltrim($place['path'], '/');
    $executor = new MysqliExecutor($place['host'], $place['user'], '', $database, $place['port']);
    $config = json_decode((string) getenv('SHOP_CONFIG'), true, 512, JSON_THROW_ON_ERROR);
    $answer = Engine::withStore($config, $executor)->handleWebhook($body, $signature);
    return $answer['outcome'] === 'applied' ? $answer['http_status'] : 500;
}

/** One signature, one secret; looks the event up, writes it down, and makes the order paid. */
function seed(string $body, string $signature): int
{
    preg_match('/t=(\d+),v1=([0-9a-f]{64})/', $signature, $found);
    $mac = hash_hmac('sha256', "$found[1].$body", 'whsec_sandbox');
    if (abs(time() - (int) $found[1]) > 300 || !hash_equals($mac, $found[2])) {
        return 401;
    }
    $event = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
    $order = $event['data']['metadata']['orderId'];
    $place = place();
    $dsn = "mysql:host={$place['host']};port={$place['port']};dbname=" . ltrim($place['path'], '/');
    $db = new \PDO($dsn, $place['user'], '', [\PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION]);
    $known = $db->prepare('SELECT id FROM seed_orders WHERE id = ?');
    $known->execute([$order]);
    if ($known->fetch() === false) {
        return 404;
    }
    $seen = $db->prepare('SELECT event_id FROM seed_events WHERE event_id = ?');
    $seen->execute([$event['id']]);
    if ($seen->fetch() !== false) {
        return 200;
    }
    $db->prepare('INSERT INTO seed_events (event_id, event_type, order_id) VALUES (?, ?, ?)')
        ->execute([$event['id'], $event['type'], $order]);
    $paid = "UPDATE seed_orders SET status = 'paid', payment_status = 'confirmed', paid_at = NOW()"
        . ' WHERE id = ?';
    $db->prepare($paid)->execute([$order]);
    return 200;
}

$body = (string) file_get_contents('php://input');
$signature = (string) ($_SERVER['HTTP_X_COINPAY_SIGNATURE'] ?? '');
$status = $_GET['way'] === 'seed' ? seed($body, $signature) : ours($body, $signature);
$took = (microtime(true) - $_SERVER['REQUEST_TIME_FLOAT']) * 1_000_000;
header('Content-Type: application/json');
echo json_encode(['status' => $status, 'took_us' => $took]);
