<?php

/**
 * A shop in PHP: `php -S 127.0.0.1:8000 shop.php`, and on a timer `php shop.php work`. Its settings
 * are the JSON document in the variable SHOP_CONFIG; with SHOP_DSN it keeps its orders in its own
 * database, through PDO.
 */

declare(strict_types=1);

use CoinPay\Engine;
use CoinPay\Exception\CoinPayException;
use CoinPay\Store\PdoExecutor;

require getenv('SHOP_AUTOLOAD') ?: __DIR__ . '/../../php/autoload.php';

// snippet: open
function shop(): Engine
{
    $config = json_decode((string) getenv('SHOP_CONFIG'), true, 512, JSON_THROW_ON_ERROR);
    $dsn = getenv('SHOP_DSN');
    return $dsn === false
        ? Engine::connect($config)
        : Engine::withStore($config, new PdoExecutor($dsn, getenv('SHOP_USER') ?: null));
}
// /snippet

// snippet: routes
function respond(string $method, string $path): void
{
    $shop = shop();
    if ($method === 'POST' && $path === '/checkout/crypto') {
        $cart = json_decode((string) file_get_contents('php://input'), true);
        send(200, $shop->createCheckout((array) $cart));
    } elseif ($method === 'POST' && $path === '/webhooks/coinpay') {
        // The raw bytes go in; what comes back is the whole answer.
        $signature = $_SERVER['HTTP_X_COINPAY_SIGNATURE'] ?? null;
        $answer = $shop->handleWebhook((string) file_get_contents('php://input'), $signature);
        if (isset($answer['retry_after_s'])) {
            header("Retry-After: {$answer['retry_after_s']}");
        }
        http_response_code($answer['http_status']);
        echo $answer['body'];
    } elseif (preg_match('~^/orders/([^/]+)(/status)?$~', $path, $found)) {
        $access = ['order_id' => $found[1], 'status_token' => $_GET['token'] ?? ''];
        $status = $shop->orderStatus($access);
        isset($found[2]) ? send(200, $status) : page($shop, $status, $path);
    } else {
        send(404, ['error' => 'not_found']);
    }
}
// /snippet

// snippet: page
function page(Engine $shop, array $status, string $path): void
{
    $token = rawurlencode($_GET['token'] ?? '');
    $page = $shop->payPage($status, [
        'nonce' => base64_encode(random_bytes(16)),
        'shop_name' => 'The Example',
        'status_url' => "$path/status?token=$token",
    ]);
    header("Content-Security-Policy: {$page['content_security_policy']}");
    echo $page['html'];
}
// /snippet

// snippet: work
/** Finds payments whose webhook never came, ends orders, and does the side work. */
function work(): void
{
    $shop = shop();
    $shop->prepareStore();
    $shop->work();
    foreach ($shop->claimEffects() as $effect) {
        // Mail, ship, alert: give the key to whoever does it.
        echo "{$effect['kind']}: {$effect['idempotency_key']}\n";
        $shop->completeEffect($effect);
    }
}
// /snippet

function send(int $status, array $document): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($document);
}

if (PHP_SAPI === 'cli') {
    work();
    exit;
}
try {
    respond($_SERVER['REQUEST_METHOD'], parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
} catch (CoinPayException $refused) {
    error_log("{$refused->error->value}: {$refused->getMessage()}");
    send($refused->httpStatus(), ['error' => $refused->error->value]);
}
