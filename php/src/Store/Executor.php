<?php

declare(strict_types=1);

namespace CoinPay\Store;

/**
 * Runs the library's statements against a database of the host's; docs/stores.md has the contract.
 *
 * It owns its connection: nothing else is sent on it, it does not reconnect by itself, and it goes
 * to no replica. Both calls throw a {@see StoreFault} with the class that fits the database's code.
 *
 * @phpstan-type Statement array{sql: string, params: list<int|string|null>}
 */
interface Executor
{
    /**
     * `sqlite`, `postgres` or `mysql`, also for MariaDB.
     */
    public function dialect(): string;

    /**
     * Reads all statements in one transaction that sees one moment.
     *
     * @param list<array{sql: string, params: list<int|string|null>}> $statements
     * @return list<list<list<int|string|null>>> the rows of each
     */
    public function load(array $statements): array;

    /**
     * Runs all statements in their order in one transaction, or none of them; returns when they
     * are durable.
     *
     * @param list<array{sql: string, params: list<int|string|null>}> $statements
     */
    public function commit(array $statements): void;
}
