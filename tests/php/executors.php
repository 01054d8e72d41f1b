<?php

/**
 * The executors under test, by their names. The variables COINPAY_TEST_MARIADB and
 * COINPAY_TEST_POSTGRES are addresses of empty databases.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Store\Executor;
use CoinPay\Store\MysqliExecutor;
use CoinPay\Store\PdoExecutor;

const EXECUTORS = [
    'PDO on MariaDB' => 'mysql',
    'mysqli on MariaDB' => 'mysql',
    'PDO on PostgreSQL' => 'postgres',
    'PDO on SQLite' => 'sqlite',
];

/** Commits each statement by itself, as a shop's own database class might. */
final class Careless implements Executor
{
    public function __construct(private Executor $inner)
    {
    }

    public function dialect(): string
    {
        return $this->inner->dialect();
    }

    public function load(array $statements): array
    {
        return $this->inner->load($statements);
    }

    public function commit(array $statements): void
    {
        foreach ($statements as $statement) {
            $this->inner->commit([$statement]);
        }
    }
}

/**
 * @param ?int $port of a network on the way to the server, instead of the server's own
 */
function executor(string $name, ?int $port = null, int $answerTimeoutS = 20): Executor
{
    if ($name === 'careless') {
        return new Careless(executor('PDO on MariaDB'));
    }
    if ($name === 'PDO on SQLite') {
        return new PdoExecutor('sqlite:' . variable('COINPAY_TEST_FOLDER') . '/contract.db');
    }
    $place = place($name);
    $place['port'] = $port ?? $place['port'];
    $database = ltrim($place['path'], '/');
    $inside = "host={$place['host']};port={$place['port']};dbname=$database";
    return match ($name) {
        'mysqli on MariaDB' => new MysqliExecutor(
            $place['host'],
            $place['user'],
            '',
            $database,
            $place['port'],
            answerTimeoutS: $answerTimeoutS,
        ),
        default => new PdoExecutor(
            EXECUTORS[$name] === 'mysql' ? "mysql:$inside;charset=utf8mb4" : "pgsql:$inside",
            $place['user'],
            '',
            answerTimeoutS: $answerTimeoutS,
        ),
    };
}

/**
 * Where the server of an executor listens.
 */
function place(string $name): array
{
    $postgres = EXECUTORS[$name] === 'postgres';
    return parse_url(variable($postgres ? 'COINPAY_TEST_POSTGRES' : 'COINPAY_TEST_MARIADB'));
}

function variable(string $name): string
{
    $value = getenv($name);
    if ($value === false || $value === '') {
        throw new \RuntimeException("$name is not set; run `cargo xtask test --only php`");
    }
    return $value;
}
