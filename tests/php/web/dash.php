<?php

/**
 * The operator's view in plain PHP, behind a login that believes the header X-User.
 */

declare(strict_types=1);

require __DIR__ . '/../package.php';

use CoinPay\Dash;
use CoinPay\Engine;

$config = json_decode((string) getenv('SHOP_CONFIG'), true, 512, JSON_THROW_ON_ERROR);
$base = (string) getenv('DASH_BASE');
$secret = 'a secret of the tests, which is long enough';
$dash = new Dash(Engine::connect($config), $base, $secret, 'a token of the tests, as long as that');
$dash->serve($_SERVER['HTTP_X_USER'] ?? null);
