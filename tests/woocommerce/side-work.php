<?php

/**
 * What the tests see and do of side work, in the tables of the library.
 */

declare(strict_types=1);

namespace CoinPay\Tests\Site;

/** Whether the database refuses to write down that side work is done. */
function refuse_done(array $input): array
{
    global $wpdb;
    $prefix = \CoinPay\WooCommerce\Database::prefix();
    $wpdb->query("DROP TRIGGER IF EXISTS {$prefix}refuses");
    $order = "CREATE TRIGGER {$prefix}refuses BEFORE UPDATE ON {$prefix}effects FOR EACH ROW"
        . " IF NEW.state = 'completed' THEN SIGNAL SQLSTATE '45000'; END IF";
    return ['made' => $input['refuse'] && $wpdb->query($order) !== false];
}

/** The side work of an order, or of all; with `lease_is_over` that of a worker that has vanished. */
function side_work(array $input): array
{
    global $wpdb;
    $table = \CoinPay\WooCommerce\Database::prefix() . 'effects';
    if (isset($input['lease_is_over'])) {
        $wpdb->query("UPDATE $table SET lease_until = 1, next_at = 1 WHERE state = 'claimed'");
    }
    $ids = array_map(static fn ($id) => \CoinPay\WooCommerce\Orders::coinpayId(wc_get_order($id)), $input['ids']);
    $marks = implode(',', array_fill(0, count($ids), '%s'));
    $columns = 'order_id, kind, state, tries, error';
    return $wpdb->get_results($wpdb->prepare("SELECT $columns FROM $table WHERE order_id IN ($marks)", $ids), ARRAY_A);
}

/** Of how many of these orders each commit was that was of several. */
function common_commits(array $input): array
{
    global $wpdb;
    $table = \CoinPay\WooCommerce\Database::prefix() . 'order_log';
    $ids = array_map(static fn ($id) => \CoinPay\WooCommerce\Orders::coinpayId(wc_get_order($id)), $input['ids']);
    $marks = implode(',', array_fill(0, count($ids), '%s'));
    $sql = "SELECT COUNT(DISTINCT order_id) AS orders FROM $table WHERE order_id IN ($marks) GROUP BY commit_id HAVING orders > 1";
    return array_map('intval', $wpdb->get_col($wpdb->prepare($sql, $ids)));
}
