<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backends;
use CoinPay\Engine;
use CoinPay\Store\Executor;
use CoinPay\Store\StoreFault;
use CoinPay\Webhook;
use PHPUnit\Framework\TestCase;

/**
 * A connection that is lost at a COMMIT: whether it happened is found out, and nothing is lost and
 * nothing done twice, on real servers behind {@see Cuts}.
 */
final class CutCommitTest extends TestCase
{
    private static ?Sandbox $sandbox = null;
    private static int $shops = 0;

    public static function setUpBeforeClass(): void
    {
        self::$sandbox = new Sandbox();
    }

    public static function tearDownAfterClass(): void
    {
        self::$sandbox = null;
    }

    public static function servers(): array
    {
        require_once __DIR__ . '/executors.php';
        $names = array_keys(array_filter(EXECUTORS, static fn ($dialect) => $dialect !== 'sqlite'));
        return array_combine($names, array_map(static fn (string $name) => [$name], $names));
    }

    /**
     * @dataProvider servers
     */
    public function testTheExecutorSaysThatItDoesNotKnow(string $name): void
    {
        $direct = executor($name);
        $run = static fn (string $sql) => [['sql' => $sql, 'params' => []]];
        $direct->commit($run('DROP TABLE IF EXISTS contract_cut'));
        $direct->commit($run('CREATE TABLE contract_cut (id INTEGER PRIMARY KEY)'));
        $cuts = new Cuts($name);
        $there = [];
        $ends = [
            ['statement', StoreFault::RETRY, false],
            ['before', StoreFault::UNKNOWN, false],
            ['after', StoreFault::UNKNOWN, true],
        ];
        foreach ($ends as $id => [$place, $class, $happened]) {
            $cuts->at(1, $place);
            try {
                $cuts->executor->commit($run("INSERT INTO contract_cut VALUES ($id)"));
                self::fail("cut at $place");
            } catch (StoreFault $fault) {
                self::assertSame($class, $fault->class, "$place: {$fault->dbCode}");
            }
            self::assertTrue($cuts->at(0)['cut']);
            $there = [...$there, ...($happened ? [[$id]] : [])];
            // The next call finds another connection, and the server has undone what was open.
            foreach ([$cuts->executor, $direct] as $executor) {
                $rows = $executor->load($run('SELECT id FROM contract_cut ORDER BY id'))[0];
                self::assertSame($there, $rows, $place);
            }
            $cuts->executor->commit($run('INSERT INTO contract_cut VALUES (1' . $id . ')'));
            $direct->commit($run('DELETE FROM contract_cut WHERE id > 9'));
        }
    }

    /**
     * Silence ends in time, and is taken as a lost connection is.
     *
     * @dataProvider servers
     */
    public function testAnAnswerThatNeverComesIsNotWaitedForWithoutEnd(string $name): void
    {
        $direct = executor($name);
        $run = static fn (string $sql) => [['sql' => $sql, 'params' => []]];
        $direct->commit($run('DROP TABLE IF EXISTS contract_silence'));
        $direct->commit($run('CREATE TABLE contract_silence (id INTEGER PRIMARY KEY)'));
        $cuts = new Cuts($name, 2);
        $ends = [
            ['mute', StoreFault::RETRY, []],
            ['silence', StoreFault::UNKNOWN, [[1]]],
        ];
        foreach ($ends as $id => [$place, $class, $there]) {
            $cuts->at(1, $place);
            $since = microtime(true);
            try {
                $cuts->executor->commit($run("INSERT INTO contract_silence VALUES ($id)"));
                self::fail($place);
            } catch (StoreFault $fault) {
                self::assertSame($class, $fault->class, "$place: {$fault->dbCode}");
            }
            $tookS = microtime(true) - $since;
            self::assertGreaterThan(1.5, $tookS, $place);
            self::assertLessThan(15.0, $tookS, $place);
            self::assertTrue($cuts->at(0)['cut']);
            foreach ([$cuts->executor, $direct] as $executor) {
                $rows = $executor->load($run('SELECT id FROM contract_silence ORDER BY id'))[0];
                self::assertSame($there, $rows, $place);
            }
        }
        $cuts->executor->commit($run('INSERT INTO contract_silence VALUES (2)'));
    }

    /**
     * Each server, with flows in this process and in the bridge.
     */
    public static function flows(): array
    {
        $cases = [];
        foreach (array_keys(self::servers()) as $name) {
            foreach (['ffi', 'bridge'] as $backend) {
                $cases["$name, $backend"] = [$name, $backend];
            }
        }
        return $cases;
    }

    /**
     * Every commit of a shop's day is cut once, before and after it happened. No operation notices.
     *
     * @dataProvider flows
     */
    public function testNothingIsLostAndNothingDoneTwice(string $name, string $backend): void
    {
        $cuts = new Cuts($name);
        [$engine, $prefix] = self::shop($cuts, $backend);
        self::assertSame($backend, $engine->backend()->name());
        $engine->prepareStore();
        $day = function (int $nth, string $place) use ($name, $cuts, $engine, $prefix): int {
            $what = "$nth $place";
            $cuts->at($nth, $place);
            $payment = $this->day($engine, $what);
            $told = $cuts->at(0);
            self::assertSame($nth > 0, $told['cut'], $what);
            $this->audit(executor($name), $prefix, $payment, $what);
            return $told['commits'];
        };
        $commits = $day(0, '');
        self::assertGreaterThan(7, $commits);
        foreach (['before', 'after'] as $place) {
            for ($nth = 1; $nth <= $commits; $nth++) {
                $day($nth, $place);
            }
        }
    }

    /**
     * On MariaDB each table is a commit of its own, which takes its time: once is enough there.
     *
     * @testWith ["mysqli on MariaDB", "ffi"]
     *           ["PDO on PostgreSQL", "ffi"]
     *           ["PDO on PostgreSQL", "bridge"]
     */
    public function testTablesThatWereCutOffAreMade(string $name, string $backend): void
    {
        $cuts = new Cuts($name);
        $prepared = $this->prepared($name, $backend, $cuts, 0, '');
        self::assertGreaterThan(0, $prepared);
        foreach (['before', 'after'] as $place) {
            for ($nth = 1; $nth <= $prepared; $nth++) {
                $this->prepared($name, $backend, $cuts, $nth, $place);
            }
        }
    }

    private function prepared(
        string $name,
        string $backend,
        Cuts $cuts,
        int $nth,
        string $place,
    ): int {
        [$engine, $prefix] = self::shop($cuts, $backend);
        $cuts->at($nth, $place);
        $done = $engine->prepareStore();
        $told = $cuts->at(0);
        self::assertSame($nth > 0, $told['cut']);
        self::assertSame(1, $done['to'], "$nth $place");
        $direct = executor($name);
        self::assertSame([['1']], self::rows($direct, 'SELECT value FROM '
            . "{$prefix}meta WHERE name = 'schema_version'"), "$nth $place");
        self::assertSame([], self::rows($direct, "SELECT name FROM {$prefix}meta"
            . " WHERE name LIKE 'probe%'"), "$nth $place");
        return $told['commits'];
    }

    private static function shop(Cuts $cuts, string $backend): array
    {
        $prefix = 'cut' . ++self::$shops . bin2hex(random_bytes(3)) . '_';
        $config = ['stock' => 'managed', 'table_prefix' => $prefix];
        $config += self::$sandbox->config('nowhere');
        $engine = Engine::withStore($config, $cuts->executor, null, Backends::get($backend));
        return [$engine, $prefix];
    }

    /**
     * Stock is filled, a cart is paid and shipped. Gives its payment.
     */
    private function day(Engine $engine, string $what): string
    {
        $sku = "book $what";
        $engine->adjustStock(
            ['adjustment_id' => $sku, 'sku' => $sku, 'delta' => 5, 'actor' => 'me'],
        );
        $item = ['sku' => $sku, 'quantity' => 2, 'price' => '19.90', 'digital' => true];
        $cart = ['cart_id' => "cart $what", 'currency' => 'USD', 'blockchain' => 'USDC_POL'];
        $checkout = $engine->createCheckout($cart + ['items' => [$item]]);
        self::assertSame('created', $checkout['outcome'], $what);
        $payment = $checkout['order']['payment']['payment_id'];
        self::$sandbox->pay($payment);
        $webhook = new Webhook('whsec_sandbox', 300, $engine->backend());
        foreach (self::$sandbox->events($payment) as $body) {
            $answer = $engine->handleWebhook($body, $webhook->sign($body));
            self::assertSame(200, $answer['http_status'], $what);
        }
        $shipped = 0;
        $effects = $engine->claimEffects(['limit' => 5]);
        while ($effects !== []) {
            $kinds = array_column($effects, 'kind');
            $shipped += count(array_keys($kinds, 'ship_order', true));
            $done = static fn (array $effect) => $effect + ['result' => ['done' => true]];
            $report = ['outcomes' => array_map($done, $effects), 'claim' => ['limit' => 5]];
            $reported = $engine->reportEffects($report);
            $answers = array_column($reported['answers'], 'state');
            self::assertSame(array_fill(0, count($effects), 'completed'), $answers, $what);
            $effects = $reported['claimed'];
        }
        self::assertSame(1, $shipped, $what);
        return $payment;
    }

    /**
     * What the tables say, past the network, and what the gateway was asked for.
     */
    private function audit(Executor $store, string $prefix, string $payment, string $what): void
    {
        $orders = self::rows($store, "SELECT id, status FROM {$prefix}orders"
            . " WHERE cart_id = 'cart $what'");
        self::assertSame(['fulfilled'], array_column($orders, 1), $what);
        $order = $orders[0][0];
        $of = static fn (string $columns, string $table) =>
            self::rows($store, "SELECT $columns FROM {$prefix}$table WHERE order_id = '$order'");
        self::assertSame([[1, $payment]], $of('attempt, coinpay_payment_id', 'payments'), $what);
        self::assertSame([[2]], $of('quantity', 'reservations'), $what);
        $stock = self::rows($store, "SELECT on_hand, reserved FROM {$prefix}stock"
            . " WHERE sku = 'book $what'");
        self::assertSame([[3, 0]], $stock, $what);
        $shipments = array_filter(
            $of('kind, state, claim_no', 'effects'),
            static fn (array $effect) => $effect[0] === 'ship_order',
        );
        self::assertSame([['ship_order', 'completed', 1]], array_values($shipments), $what);
        $made = array_filter(
            self::$sandbox->control('payments')['payments'],
            static fn (array $made) => str_contains((string) json_encode($made), $order),
        );
        self::assertSame([$payment], array_column($made, 'id'), $what);
    }

    private static function rows(Executor $store, string $sql): array
    {
        return $store->load([['sql' => $sql, 'params' => []]])[0];
    }
}
