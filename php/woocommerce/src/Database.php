<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Store\MysqliExecutor;

/**
 * A connection of our own to the shop's database, by WordPress's own constants. `$wpdb` itself cannot
 * be used: it reconnects by itself and is everybody's, so a commit could lose its beginning.
 */
final class Database
{
    private const LONGEST_PREFIX = 24;

    /**
     * The prefix of our tables: that of this site, so that the sites of a network keep apart.
     */
    public static function prefix(): string
    {
        global $wpdb;
        $prefix = $wpdb->prefix . 'coinpay_';
        $plain = preg_match('/^[a-z][a-z0-9_]*$/D', $prefix) === 1;
        if ($plain && strlen($prefix) <= self::LONGEST_PREFIX) {
            return $prefix;
        }
        return 'cp' . substr(hash('sha256', $wpdb->prefix), 0, 12) . '_';
    }

    public static function executor(): MysqliExecutor
    {
        [$host, $port, $socket] = self::place((string) DB_HOST);
        $flags = defined('MYSQL_CLIENT_FLAGS') ? (int) constant('MYSQL_CLIENT_FLAGS') : 0;
        $tls = ($flags & MYSQLI_CLIENT_SSL) !== 0 ? [] : null;
        return new MysqliExecutor(
            $host,
            DB_USER,
            DB_PASSWORD,
            DB_NAME,
            $port ?? 3306,
            $socket,
            $tls,
        );
    }

    /**
     * Reads the forms of DB_HOST: `host`, `host:3307`, `host:/socket`, `:/socket`, `[::1]:3307`.
     *
     * @return array{string, ?int, ?string} host, port, socket
     */
    public static function place(string $address): array
    {
        global $wpdb;
        $read = $wpdb->parse_db_host($address);
        if (!is_array($read)) {
            return [$address, null, null];
        }
        [$host, $port, $socket, $isIpv6] = $read;
        $host = $isIpv6 ? "[$host]" : (string) $host;
        return [$host === '' ? 'localhost' : $host, $port === null ? null : (int) $port, $socket];
    }
}
