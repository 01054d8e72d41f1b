<?php

/**
 * What the tests see and do in the library's tables, past the library.
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

/** Money of an order is under way, as another server of the shop writes it down. */
function money_is_seen(array $input): array
{
    global $wpdb;
    $seen = ['payment_status' => 'confirming'];
    $where = ['id' => $input['order_id']];
    return ['changed' => $wpdb->update("{$wpdb->prefix}coinpay_orders", $seen, $where)];
}

/** Every payment of an order is to be looked at now. */
function look(array $input): array
{
    global $wpdb;
    $table = \CoinPay\WooCommerce\Database::prefix() . 'payments';
    $id = \CoinPay\WooCommerce\Orders::coinpayId(wc_get_order($input['id']));
    $changed = $wpdb->query($wpdb->prepare("UPDATE $table SET next_look_at = 1, looked_at = 1 WHERE order_id = %s", $id));
    return ['changed' => $changed];
}

/** The time to pay ended some minutes ago. */
function overdue(array $input): array
{
    global $wpdb;
    $table = \CoinPay\WooCommerce\Database::prefix() . 'orders';
    $id = \CoinPay\WooCommerce\Orders::coinpayId(wc_get_order($input['id']));
    $evidence = $wpdb->get_var($wpdb->prepare("SELECT evidence FROM $table WHERE id = %s", $id));
    $then = (int) (microtime(true) * 1000) - 60000 * $input['minutes'];
    $evidence = preg_replace('/"deadline_at_ms":\d+/', "\"deadline_at_ms\":$then", $evidence, -1, $count);
    $changed = $wpdb->query($wpdb->prepare("UPDATE $table SET evidence = %s, due_at = %d WHERE id = %s", $evidence, $then, $id));
    return ['count' => $count, 'changed' => $changed];
}

function count_orders(array $input): int
{
    global $wpdb;
    $table = \CoinPay\WooCommerce\Database::prefix() . 'orders';
    return (int) $wpdb->get_var("SELECT COUNT(*) FROM $table");
}
