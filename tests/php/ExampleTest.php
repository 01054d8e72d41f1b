<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use PHPUnit\Framework\TestCase;

/**
 * The example shop, as a user runs it, with real webhooks: a cart is checked out, paid, shipped.
 */
final class ExampleTest extends TestCase
{
    private const SHOP = __DIR__ . '/../../examples/php/shop.php';

    /**
     * @dataProvider shops
     */
    public function testTheExampleSellsAnEbookOnce(array $settings, array $store): void
    {
        static $count = 0;
        $sandbox = new Sandbox();
        $file = variable('COINPAY_TEST_FOLDER') . '/example' . ++$count . '.db';
        $config = $sandbox->config("sqlite:$file") + ['table_prefix' => "example{$count}_"];
        $variables = $store + [
            'SHOP_CONFIG' => (string) json_encode($config),
            'SHOP_AUTOLOAD' => package() . '/autoload.php',
        ];
        self::work($variables);
        $shop = Served::builtIn(self::SHOP, $settings, $variables);
        $sandbox->control('webhooks/config', ['url' => $shop->url('/webhooks/coinpay')]);

        $cart = [
            'cart_id' => 'cart-7',
            'currency' => 'USD',
            'blockchain' => 'USDC_POL',
            'items' => [
                ['sku' => 'e-book', 'quantity' => 1, 'price' => '19.90', 'digital' => true],
            ],
        ];
        [$code, $checkout] = fetch($shop->url('/checkout/crypto'), $cart);
        self::assertSame(200, $code, (string) json_encode($checkout));
        $access = "{$checkout['order_id']}%s?token={$checkout['status_token']}";
        $status = fn () => fetch($shop->url('/orders/' . sprintf($access, '/status')))[1];
        self::assertSame('awaiting_payment', $status()['status']);
        $page = fetch($shop->url('/orders/' . sprintf($access, '')))[2];
        $address = $checkout['order']['payment']['address'];
        self::assertStringContainsString($address, $page);
        self::assertSame(404, fetch($shop->url("/orders/{$checkout['order_id']}/status"))[0]);

        $sandbox->pay($checkout['order']['payment']['payment_id']);
        $sandbox->control('webhooks/flush', ['timeout_ms' => 20_000]);
        self::assertSame('paid', $status()['status']);
        self::assertSame(1, substr_count(self::work($variables), 'ship_order:'));
        self::assertSame('fulfilled', $status()['status']);
        $sandbox->control('webhooks/redeliver', [
            'payment_id' => $checkout['order']['payment']['payment_id'],
            'times' => 2,
        ]);
        $sandbox->control('webhooks/flush', ['timeout_ms' => 20_000]);
        self::assertSame(0, substr_count(self::work($variables), 'ship_order:'));
        self::assertSame(401, fetch($shop->url('/webhooks/coinpay'), ['type' => 'x'])[0]);
    }

    public static function shops(): array
    {
        require_once __DIR__ . '/executors.php';
        $place = parse_url(variable('COINPAY_TEST_MARIADB'));
        $dsn = "mysql:host={$place['host']};port={$place['port']};dbname="
            . ltrim($place['path'], '/') . ';charset=utf8mb4';
        $own = ['SHOP_DSN' => $dsn, 'SHOP_USER' => $place['user']];
        return [
            'by the bridge, as PHP is installed' => [['ffi.enable' => 'preload'], []],
            'by FFI' => [['ffi.enable' => '1'], []],
            'by the bridge, in MariaDB' => [['ffi.enable' => 'preload'], $own],
            'by FFI, in MariaDB' => [['ffi.enable' => '1'], $own],
        ];
    }

    /**
     * What the worker printed.
     */
    private static function work(array $variables): string
    {
        $pipes = [];
        $command = [PHP_BINARY, self::SHOP, 'work'];
        $worker = proc_open($command, [1 => ['pipe', 'w']], $pipes, null, $variables + getenv());
        $printed = (string) stream_get_contents($pipes[1]);
        self::assertSame(0, proc_close($worker), $printed);
        return $printed;
    }
}
