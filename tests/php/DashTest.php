<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backends;
use CoinPay\Dash;
use CoinPay\Engine;
use CoinPay\Exception\CoinPayException;
use CoinPay\Webhook;
use PHPUnit\Framework\TestCase;

/**
 * The operator's view as a host mounts it, served by PHP, by FFI and by the bridge.
 */
final class DashTest extends TestCase
{
    private const ANNA = ['X-User: anna'];
    private const TOKEN = 'Authorization: Bearer a token of the tests, as long as that';

    private Sandbox $sandbox;
    private Engine $engine;
    private Served $served;
    private string $base;

    /**
     * Where it is mounted, and how PHP reaches its library.
     */
    public static function mounts(): array
    {
        return [
            'under a path, by the bridge' => ['/admin/coinpay', 'preload'],
            'under a path, by FFI' => ['/admin/coinpay', '1'],
            'in a field of the query, by FFI' => ['/admin.php?page=coinpay&path=', '1'],
        ];
    }

    private function mount(string $base, string $ffi): void
    {
        static $count = 0;
        $this->sandbox = new Sandbox();
        $file = variable('COINPAY_TEST_FOLDER') . '/dash' . ++$count . '.db';
        $config = $this->sandbox->config("sqlite:$file");
        $this->engine = Engine::open($config, Backends::get('ffi'));
        $this->base = $base;
        $this->served = Served::builtIn(__DIR__ . '/web/dash.php', ['ffi.enable' => $ffi], [
            'SHOP_CONFIG' => (string) json_encode($config),
            'DASH_BASE' => $base,
        ]);
    }

    /**
     * An order that half was paid for: its id and how to look at it.
     */
    private function underpaid(): array
    {
        $checkout = $this->engine->createCheckout([
            'cart_id' => 'cart-1',
            'currency' => 'USD',
            'blockchain' => 'BTC',
            'items' => [['sku' => 'mug', 'quantity' => 1, 'price' => '12.00', 'digital' => true]],
        ]);
        $payment = $checkout['order']['payment']['payment_id'];
        $this->sandbox->control('faults', ['name' => 'confirm_short', 'times' => 1]);
        $this->sandbox->control("payments/$payment/underpay", ['by' => '1/2']);
        $webhook = new Webhook('whsec_sandbox', 300, $this->engine->backend());
        foreach ($this->sandbox->events($payment) as $body) {
            $this->engine->handleWebhook($body, $webhook->sign($body));
        }
        return array_intersect_key($checkout, ['order_id' => 0, 'status_token' => 0]);
    }

    /**
     * @return array{int, string, string} the status, the headers, and the body
     */
    private function ask(string $path, array $headers = [], ?array $form = null): array
    {
        [$path, $query] = explode('?', $path, 2) + [1 => ''];
        $inQuery = str_ends_with($this->base, '=');
        $url = $this->base . ($inQuery ? rawurlencode($path) : $path);
        $url .= $query === '' ? '' : ($inQuery ? '&' : '?') . $query;
        $type = 'Content-Type: application/x-www-form-urlencoded';
        $http = ['header' => [...$headers, $type], 'ignore_errors' => true, 'follow_location' => 0];
        if ($form !== null) {
            $http += ['method' => 'POST', 'content' => http_build_query($form)];
        }
        $context = stream_context_create(['http' => $http]);
        $body = (string) file_get_contents($this->served->url($url), false, $context);
        $status = (int) explode(' ', $http_response_header[0])[1];
        return [$status, strtolower(implode("\n", $http_response_header)), $body];
    }

    /**
     * @dataProvider mounts
     */
    public function testAnOperatorAcceptsAnUnderpaidOrder(string $base, string $ffi): void
    {
        $this->mount($base, $ffi);
        $access = $this->underpaid();
        self::assertSame('needs_review', $this->engine->orderStatus($access)['status']);
        $path = "/orders/{$access['order_id']}";

        [$status, $headers, $orders] = $this->ask('/orders?status=needs_review', self::ANNA);
        self::assertSame(200, $status, $orders);
        self::assertStringContainsString("content-security-policy: default-src 'none'", $headers);
        self::assertStringContainsString($access['order_id'], $orders);
        [, , $others] = $this->ask('/orders?status=paid', self::ANNA);
        self::assertStringNotContainsString($access['order_id'], $others);

        [, , $page] = $this->ask($path, self::ANNA);
        self::assertSame(1, preg_match('/name="csrf" value="([0-9a-f]+)"/', $page, $token));
        self::assertSame(1, preg_match('/name="reason" value="(\w+)"/', $page, $reason));
        $accept = ['act' => 'accept', 'reason' => $reason[1], 'note' => 'a regular'];
        foreach ([[], ['csrf' => str_repeat('0', 64)]] as $forged) {
            self::assertSame(403, $this->ask($path, self::ANNA, $accept + $forged)[0]);
        }
        $own = $accept + ['csrf' => $token[1]];
        $elsewhere = [...self::ANNA, 'Sec-Fetch-Site: cross-site'];
        self::assertSame(403, $this->ask($path, $elsewhere, $own)[0]);
        self::assertSame(403, $this->ask($path, ['X-User: bert'], $own)[0]);
        self::assertSame('needs_review', $this->engine->orderStatus($access)['status']);

        [$status, $headers, $body] = $this->ask($path, self::ANNA, $own);
        self::assertSame(303, $status, $body);
        self::assertStringContainsString('location: ' . strtolower($base), $headers);
        self::assertSame('paid', $this->engine->orderStatus($access)['status']);
        [, , $story] = $this->ask($path, self::ANNA);
        self::assertStringContainsString('<b>anna</b>', $story);
        self::assertStringContainsString('a regular', $story);
    }

    /**
     * @dataProvider mounts
     */
    public function testWhoeverIsNotLoggedInIsShownNothing(string $base, string $ffi): void
    {
        $this->mount($base, $ffi);
        $access = $this->underpaid();
        $path = "/orders/{$access['order_id']}";
        foreach ([[], ['X-User: '], [self::TOKEN]] as $nobody) {
            foreach ([null, ['act' => 'close']] as $form) {
                [$status, $headers, $body] = $this->ask($path, $nobody, $form);
                self::assertSame(403, $status);
                self::assertSame("Nobody is logged in who may look at this.\n", $body);
                self::assertStringContainsString('content-security-policy:', $headers);
            }
        }
        self::assertSame(403, $this->ask('/metrics')[0]);
        self::assertSame(403, $this->ask('/metrics', ['Authorization: Bearer another'])[0]);
        [$status, , $metrics] = $this->ask('/metrics', [self::TOKEN]);
        self::assertSame(200, $status);
        $line = "coinpay_open_orders{status=\"needs_review\"} 1\n";
        self::assertStringContainsString($line, $metrics);
    }

    public function testSecretsThatAreTooShortAreRefused(): void
    {
        $engine = Engine::open((new Sandbox())->config('sqlite::memory:'), Backends::get('ffi'));
        $long = str_repeat('x', 32);
        foreach ([['short', null], ['', null], [$long, 'short'], [$long, '']] as $secrets) {
            try {
                new Dash($engine, '/admin', ...$secrets);
                self::fail('it is too short');
            } catch (CoinPayException $refused) {
                self::assertStringContainsString('at least 32', $refused->getMessage());
            }
        }
    }
}
