<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backends;
use CoinPay\Client;
use CoinPay\Engine;
use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;
use CoinPay\Exception\GatewayException;
use CoinPay\Exception\InvalidInputException;
use CoinPay\Exception\RejectedException;
use CoinPay\Exception\StoreException;
use CoinPay\Exception\WebhookException;
use CoinPay\Webhook;
use PHPUnit\Framework\TestCase;

final class EngineTest extends TestCase
{
    private static ?Sandbox $sandbox = null;

    public static function setUpBeforeClass(): void
    {
        self::$sandbox = new Sandbox();
    }

    public static function tearDownAfterClass(): void
    {
        self::$sandbox = null;
    }

    public static function engines(): array
    {
        $all = [];
        foreach (['ffi', 'bridge'] as $backend) {
            foreach (['the built-in store', ...array_keys(EXECUTORS)] as $store) {
                $all["$store by $backend"] = [$backend, $store];
            }
        }
        return $all;
    }

    private static function engine(string $backend, string $store, array $more = []): Engine
    {
        static $count = 0;
        $backend = Backends::get($backend);
        $more += ['stock' => 'managed', 'table_prefix' => 'shop' . ++$count . '_'];
        if ($store === 'the built-in store') {
            $config = self::$sandbox->config('sqlite::memory:') + $more;
            return Engine::open($config, $backend);
        }
        $config = self::$sandbox->config('nowhere') + $more;
        $engine = Engine::withStore($config, executor($store), null, $backend);
        $engine->prepareStore();
        return $engine;
    }

    private static function cart(string $id, int $quantity = 1): array
    {
        $book = ['sku' => 'e-book', 'quantity' => $quantity, 'price' => '19.90', 'digital' => true];
        return [
            'cart_id' => $id,
            'currency' => 'USD',
            'blockchain' => 'USDC_POL',
            'items' => [$book],
            'metadata' => [],
        ];
    }

    private static function stocked(Engine $engine, int $delta): void
    {
        $change = ['adjustment_id' => 'a1', 'sku' => 'e-book', 'delta' => $delta, 'actor' => 'me'];
        $engine->adjustStock($change);
    }

    /**
     * @dataProvider engines
     */
    public function testAPaidCartIsShippedOnce(string $backend, string $store): void
    {
        $engine = self::engine($backend, $store);
        self::assertSame($backend, $engine->backend()->name());
        self::stocked($engine, 5);

        $checkout = $engine->createCheckout(self::cart('cart-1'));
        self::assertSame('created', $checkout['outcome']);
        $again = $engine->createCheckout(self::cart('cart-1'));
        self::assertSame(['exists', $checkout['order_id']], [$again['outcome'], $again['order_id']]);
        $access = array_intersect_key($checkout, ['order_id' => 0, 'status_token' => 0]);
        self::assertSame('awaiting_payment', $engine->orderStatus($access)['status']);

        $payment = $checkout['order']['payment']['payment_id'];
        self::$sandbox->pay($payment);
        $webhook = new Webhook('whsec_sandbox', 300, $engine->backend());
        foreach ([1, 2] as $delivery) {
            foreach (self::$sandbox->events($payment) as $body) {
                $answer = $engine->handleWebhook($body, $webhook->sign($body));
                self::assertSame(200, $answer['http_status']);
                self::assertSame('{"received":true}', $answer['body']);
            }
        }
        self::assertSame('paid', $engine->orderStatus($access)['status']);
        self::assertSame(1, self::shipped($engine));
        self::assertSame('fulfilled', $engine->orderStatus($access)['status']);
        self::assertSame(0, self::shipped($engine));

        $page = $engine->payPage($engine->orderStatus($access), ['nonce' => base64_encode('n')]);
        self::assertStringStartsWith('<!DOCTYPE html>', $page['html']);
        self::assertNotEmpty($page['content_security_policy']);
        self::assertNotEmpty($engine->explainOrder($checkout['order_id']));
        self::assertArrayHasKey('ok', $engine->health());
        $engine->work();
    }

    private static function shipped(Engine $engine): int
    {
        $shipped = 0;
        while (($effects = $engine->claimEffects(['limit' => 5])) !== []) {
            foreach ($effects as $effect) {
                $engine->completeEffect($effect, ['done' => true]);
                $shipped += (int) ($effect['kind'] === 'ship_order');
            }
        }
        return $shipped;
    }

    /**
     * @dataProvider engines
     */
    public function testAForgedWebhookIsAnsweredAndChangesNothing(
        string $backend,
        string $store,
    ): void {
        $engine = self::engine($backend, $store);
        self::stocked($engine, 5);
        $checkout = $engine->createCheckout(self::cart('cart-2'));
        $payment = $checkout['order']['payment']['payment_id'];
        $body = '{"id":"e","type":"payment.confirmed","data":{"payment_id":"' . $payment . '"}}';
        $forger = new Webhook('whsec_other', 300, $engine->backend());
        foreach ([null, '', 't=1,v1=00', $forger->sign($body)] as $signature) {
            self::assertSame(401, $engine->handleWebhook($body, $signature)['http_status']);
        }
        $flood = str_repeat('x', 6 << 20);
        self::assertSame(413, $engine->handleWebhook($flood, 't=1,v1=00')['http_status']);
        $access = array_intersect_key($checkout, ['order_id' => 0, 'status_token' => 0]);
        self::assertSame('awaiting_payment', $engine->orderStatus($access)['status']);
    }

    /**
     * @dataProvider engines
     */
    public function testErrorsHaveTheirClassAndTheSharedCode(string $backend, string $store): void
    {
        $engine = self::engine($backend, $store);
        self::stocked($engine, 1);
        self::expectCode(
            ErrorCode::OutOfStock,
            RejectedException::class,
            fn () => $engine->createCheckout(self::cart('cart-3', 2)),
        );
        self::expectCode(
            ErrorCode::NotFound,
            InvalidInputException::class,
            fn () => $engine->orderStatus(['order_id' => 'none', 'status_token' => 'x']),
        );
        self::expectCode(
            ErrorCode::InvalidInput,
            InvalidInputException::class,
            fn () => $engine->call('destroy'),
        );
        self::expectCode(
            ErrorCode::InvalidInput,
            InvalidInputException::class,
            fn () => $engine->orderStatus(['order_id' => "\xff"]),
        );
    }

    /**
     * @dataProvider executors
     */
    public function testAStoreThatIsAwayIsAnErrorThatMayBeTriedAgain(string $name): void
    {
        $config = self::$sandbox->config('nowhere');
        $away = match (EXECUTORS[$name]) {
            'postgres' => new \CoinPay\Store\PdoExecutor('pgsql:host=127.0.0.1;port=1;dbname=x'),
            'sqlite' => new \CoinPay\Store\PdoExecutor('sqlite:/no/such/folder/shop.db'),
            default => str_starts_with($name, 'PDO')
                ? new \CoinPay\Store\PdoExecutor('mysql:host=127.0.0.1;port=1;dbname=x', 'u', 'p')
                : new \CoinPay\Store\MysqliExecutor('127.0.0.1', 'u', 'p', 'x', 1),
        };
        $engine = Engine::withStore($config + ['budget_ms' => 1000], $away);
        try {
            $engine->health();
            self::fail('there is no such database');
        } catch (StoreException $thrown) {
            self::assertTrue($thrown->retryable(), $thrown->getMessage());
            self::assertSame(503, $thrown->httpStatus());
        }
    }

    public static function executors(): array
    {
        return ContractTest::executors();
    }

    public function testAStoreThatIsNotAtomicIsRefused(): void
    {
        $config = self::$sandbox->config('nowhere') + ['table_prefix' => 'careless_'];
        $engine = Engine::withStore($config, executor('careless'));
        self::expectCode(
            ErrorCode::StoreNotAtomic,
            StoreException::class,
            fn () => $engine->prepareStore(),
        );
    }

    public function testAConfigurationThatIsWrongIsNamedWithoutItsSecrets(): void
    {
        foreach (['ffi', 'bridge'] as $backend) {
            $config = ['api_key' => 'cp_test_hunter2', 'mode' => 'live', 'business_id' => 'x'];
            try {
                Engine::open($config, Backends::get($backend));
                self::fail('a test key, and live');
            } catch (CoinPayException $thrown) {
                self::assertSame(ErrorCode::InvalidConfiguration, $thrown->error);
                self::assertStringNotContainsString('hunter2', (string) $thrown);
            }
        }
    }

    public function testTheClientSpeaksToTheGateway(): void
    {
        foreach (['ffi', 'bridge'] as $backend) {
            $config = self::$sandbox->config('');
            $backend = Backends::get($backend);
            $client = new Client($config['api_key'], $config['base_url'], null, $backend);
            $asked = [
                'business_id' => $config['business_id'],
                'amount_usd' => '25.00',
                'blockchain' => 'BTC',
            ];
            $created = $client->createPayment($asked, 'key-' . $backend->name());
            $payment = $created['report']['payment_id'];
            self::assertSame('pending', $client->payment($payment)['status']);
            self::assertNotEmpty($client->rate('BTC', 'EUR')['rate']);
            self::assertArrayHasKey('ETH', $client->rates(['BTC', 'ETH'], 'EUR'));
            self::assertNotEmpty($client->tokens($config['business_id']));
            self::assertNotEmpty($client->supportedCoins($config['business_id']));
            self::assertNotEmpty($client->businesses());
            self::assertStringEndsWith("/payments/$payment/qr", $client->paymentQrUrl($payment));
            self::expectCode(
                ErrorCode::GatewayNotFound,
                GatewayException::class,
                fn () => $client->payment('5a0db0c5-0000-4000-8000-00000000dead'),
            );
            $away = new Client('cp_test_x', 'http://127.0.0.1:1/api', null, $backend);
            self::expectCode(
                ErrorCode::GatewayUnreachable,
                GatewayException::class,
                fn () => $away->payment($payment),
            );
        }
    }

    public function testAWebhookIsVerifiedParsedAndSigned(): void
    {
        foreach (['ffi', 'bridge'] as $backend) {
            $webhook = new Webhook(['new', 'old'], 300, Backends::get($backend));
            $body = '{"id":"e","type":"payment.confirmed","data":{"payment_id":"p"}}';
            $signed = (new Webhook('old', 300, Backends::get($backend)))->sign($body, 1000);
            $verified = $webhook->verify($body, $signed, 1_000_000);
            self::assertEquals(['timestamp_s' => 1000, 'secret_index' => 1], $verified);
            self::assertSame('payment_confirmed', $webhook->parse($body)['kind']);
            self::expectCode(
                ErrorCode::SignatureWrong,
                WebhookException::class,
                fn () => $webhook->verify("$body ", $signed, 1_000_000),
            );
            self::expectCode(
                ErrorCode::SignatureMissing,
                WebhookException::class,
                fn () => $webhook->verify($body, null, 1_000_000),
            );
            self::expectCode(
                ErrorCode::WebhookUnreadable,
                WebhookException::class,
                fn () => $webhook->parse('[]'),
            );
        }
    }

    private static function expectCode(ErrorCode $code, string $class, \Closure $call): void
    {
        try {
            $call();
        } catch (CoinPayException $thrown) {
            self::assertSame($code, $thrown->error, $thrown->getMessage());
            self::assertInstanceOf($class, $thrown);
            self::assertSame($code->httpStatus(), $thrown->httpStatus());
            return;
        }
        self::fail("{$code->value} was not thrown");
    }
}
