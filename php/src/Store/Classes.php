<?php

declare(strict_types=1);

namespace CoinPay\Store;

/**
 * What a database's code means, as docs/stores.md has it.
 *
 * @internal
 */
final class Classes
{
    /** Codes by dialect: SQLSTATE for PostgreSQL, numbers for the others. */
    private const CONFLICT = [
        'postgres' => ['23505', '23514'],
        'mysql' => ['1062', '1586', '3819', '4025'],
        // Extended codes of SQLite: PRIMARYKEY, UNIQUE, CHECK, ROWID.
        'sqlite' => ['1555', '2067', '275', '2579'],
    ];

    private const RETRY = [
        'postgres' => ['40001', '40P01', '55P03', '57014', '53300', '57P03'],
        'mysql' => [
            '1205', '1213', '1020', '1040', '1203', '1226', '1047', '1969', '3024', '3101',
        ],
        'sqlite' => ['5', '6', '261', '262', '517', '518'],
    ];

    private const LOST = [
        'postgres' => [
            '57P01', '57P02', '57P05', '25P03', '08000', '08003', '08006', '08007',
        ],
        'mysql' => ['2002', '2003', '2006', '2013', '2055', '4031', '1053', '1077', '1317', '1927'],
        'sqlite' => [],
    ];

    public static function of(string $dialect, string $code): string
    {
        return match (true) {
            in_array($code, self::CONFLICT[$dialect], true) => StoreFault::CONFLICT,
            in_array($code, self::RETRY[$dialect], true) => StoreFault::RETRY,
            // Before the COMMIT was sent; whoever sends it knows better.
            self::isLost($dialect, $code) => StoreFault::RETRY,
            default => StoreFault::FATAL,
        };
    }

    public static function isLost(string $dialect, string $code): bool
    {
        return in_array($code, self::LOST[$dialect], true);
    }
}
