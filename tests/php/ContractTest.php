<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Store\StoreFault;
use PHPUnit\Framework\TestCase;

final class ContractTest extends TestCase
{
    /**
     * @dataProvider executors
     */
    public function testTheContractIsKeptAndKeptAgainOnWhatIsLeft(string $name): void
    {
        for ($round = 0; $round < 2; $round++) {
            [$played, $wrong] = (new Contract($name))->play();
            self::assertSame([], $wrong);
            self::assertSame(self::counted(EXECUTORS[$name]), $played);
        }
    }

    public static function executors(): array
    {
        require_once __DIR__ . '/executors.php';
        $names = array_keys(EXECUTORS);
        return array_combine($names, array_map(static fn (string $name) => [$name], $names));
    }

    /**
     * How mysqli tells of errors is a setting of the whole process, and so the shop's.
     */
    public function testMysqliKeepsTheContractHoweverTheShopWantsItsErrors(): void
    {
        mysqli_report(MYSQLI_REPORT_OFF);
        try {
            self::assertSame([], (new Contract('mysqli on MariaDB'))->play()[1]);
        } finally {
            mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        }
    }

    /**
     * @dataProvider servers
     */
    public function testALostConnectionIsReadAgainAndNeverCommittedAgain(
        string $name,
        string $who,
        string $kill,
    ): void {
        $statement = static fn (string $sql) => [['sql' => $sql, 'params' => []]];
        $executor = executor($name);
        $other = executor($name);
        $lose = static function () use ($executor, $other, $statement, $who, $kill): void {
            $connection = $executor->load($statement($who))[0][0][0];
            $other->commit($statement(sprintf($kill, $connection)));
            usleep(100_000);
        };
        $other->commit($statement('DROP TABLE IF EXISTS contract_lost'));
        $other->commit($statement('CREATE TABLE contract_lost (id INTEGER PRIMARY KEY)'));
        $lose();
        self::assertSame([[[1]]], $executor->load($statement('SELECT 1')));
        $lose();
        try {
            $executor->commit($statement('INSERT INTO contract_lost VALUES (1)'));
            self::fail('its connection was lost');
        } catch (StoreFault $fault) {
            self::assertSame(StoreFault::RETRY, $fault->class, $fault->dbCode);
        }
        self::assertSame([[[0]]], $executor->load($statement('SELECT COUNT(*) FROM contract_lost')));
        $executor->commit($statement('INSERT INTO contract_lost VALUES (1)'));
        self::assertSame([[[1]]], $executor->load($statement('SELECT COUNT(*) FROM contract_lost')));
    }

    public static function servers(): array
    {
        $mysql = ['SELECT CONNECTION_ID()', 'KILL %d'];
        $postgres = ['SELECT pg_backend_pid()', 'SELECT pg_terminate_backend(%d)'];
        return [
            ['PDO on MariaDB', ...$mysql],
            ['mysqli on MariaDB', ...$mysql],
            ['PDO on PostgreSQL', ...$postgres],
        ];
    }

    /**
     * The server ends a session of which nothing is heard; whoever owns it does not wait for that.
     */
    public function testASessionThatIsAboutToBeEndedIsLeftInTime(): void
    {
        $statement = static fn (string $sql) => [['sql' => $sql, 'params' => []]];
        $executor = executor('PDO on PostgreSQL', null, 1);
        $executor->commit($statement('DROP TABLE IF EXISTS contract_idle'));
        $executor->commit($statement('CREATE TABLE contract_idle (id INTEGER PRIMARY KEY)'));
        $who = $statement('SELECT pg_backend_pid()');
        [$first, $same] = [$executor->load($who), $executor->load($who)];
        self::assertSame($first, $same);
        usleep(1_600_000);
        $there = 'SELECT COUNT(*) FROM pg_stat_activity WHERE pid = ' . $first[0][0][0];
        $direct = executor('PDO on PostgreSQL');
        self::assertSame([[[0]]], $direct->load($statement($there)), 'the server has ended it');
        $executor->commit($statement('INSERT INTO contract_idle VALUES (1)'));
        self::assertSame([[[1]]], $direct->load($statement('SELECT id FROM contract_idle')));
        self::assertNotSame($first, $executor->load($who));
    }

    /**
     * Of a network that drops everything only the kernel learns, by asking the other side's.
     */
    public function testTheKernelIsToldToLookWhetherPostgresIsThere(): void
    {
        if (!is_readable('/proc/net/tcp')) {
            self::markTestSkipped('the kernel does not show its timers here');
        }
        $executor = executor('PDO on PostgreSQL');
        $port = $executor->load([['sql' => 'SELECT inet_client_port()', 'params' => []]])[0][0][0];
        $ours = array_values(array_filter(
            (array) file('/proc/net/tcp'),
            static fn (string $line) => preg_match(sprintf('/^ *\d+: \w+:%04X /', $port), $line) === 1,
        ));
        self::assertCount(1, $ours);
        // The second kind of timer keeps alive; it counts in hundredths of a second.
        self::assertSame(1, preg_match('/ 02:([0-9A-F]{8}) /', $ours[0], $found), $ours[0]);
        self::assertLessThanOrEqual(500, hexdec($found[1]));
    }

    public function testAConnectionIsNotSharedWithAChild(): void
    {
        $executor = executor('PDO on MariaDB');
        $executor->load([['sql' => 'SELECT 1', 'params' => []]]);
        $child = pcntl_fork();
        if ($child === 0) {
            try {
                $executor->load([['sql' => 'SELECT 1', 'params' => []]]);
                $said = 'loaded';
            } catch (StoreFault $fault) {
                $said = $fault->dbCode;
            }
            file_put_contents(variable('COINPAY_TEST_FOLDER') . '/forked', $said);
            // No destructor may end the parent's connection.
            posix_kill((int) getmypid(), SIGKILL);
        }
        pcntl_waitpid($child, $status);
        $said = file_get_contents(variable('COINPAY_TEST_FOLDER') . '/forked');
        self::assertSame('FORKED', $said);
        self::assertSame([[[1]]], $executor->load([['sql' => 'SELECT 1', 'params' => []]]));
    }

    public function testAnExecutorThatCommitsEachStatementIsFound(): void
    {
        [, $wrong] = (new Contract('careless'))->play();
        self::assertNotSame([], $wrong);
    }

    private static function counted(string $dialect): int
    {
        return Vectors::read('manifest.json')['files']["store_contract_$dialect.json"];
    }
}
