<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * Keeps WooCommerce from ending an order whose money may be on its way. Its timer knows nothing of
 * payments; ours does, and asks the gateway before it ends one.
 */
final class Guards
{
    private const OVER = ['expired', 'cancelled', 'refunded'];

    /** After everybody who adds statuses. */
    private const LAST = PHP_INT_MAX;

    public static function hook(): void
    {
        add_filter('woocommerce_cancel_unpaid_order', [self::class, 'mayCancel'], self::LAST, 2);
        add_filter(
            'woocommerce_valid_order_statuses_for_cancel',
            [self::class, 'cancellable'],
            self::LAST,
            2,
        );
        add_filter(
            'woocommerce_valid_order_statuses_for_payment',
            [self::class, 'payable'],
            self::LAST,
            2,
        );
    }

    /**
     * WooCommerce's timer for unpaid orders asks.
     *
     * @param mixed $may
     * @param mixed $order
     */
    public static function mayCancel($may, $order): bool
    {
        if (!$order instanceof \WC_Order || !self::concerns($order)) {
            return (bool) $may;
        }
        $status = self::ask($order);
        // Nobody knows: money may be on its way. Our timer ends the order when it is over.
        $isOver = in_array($status['status'] ?? '', self::OVER, true);
        return $isOver && $may;
    }

    /**
     * In which statuses a customer may cancel by WooCommerce's own link: in none, once money was seen.
     *
     * @param mixed $statuses
     * @param mixed $order
     */
    public static function cancellable($statuses, $order = null): array
    {
        $statuses = (array) $statuses;
        $touched = $order instanceof \WC_Order && self::concerns($order) && $order->has_status(
            $statuses,
        );
        return $touched && self::mayHaveMoney($order) ? [] : $statuses;
    }

    /**
     * An order for which less came may be paid again by the customer, from the account.
     *
     * @param mixed $statuses
     * @param mixed $order
     */
    public static function payable($statuses, $order = null): array
    {
        $statuses = (array) $statuses;
        $touched = $order instanceof \WC_Order && self::concerns($order) && $order->has_status(
            $statuses,
        );
        // Whoever has sent money is not asked to pay in another way.
        return $touched && self::hasMoney($order) ? [] : $statuses;
    }

    private static function concerns(\WC_Order $order): bool
    {
        return Orders::isOurs($order) && Orders::coinpayId($order) !== '';
    }

    private static function mayHaveMoney(\WC_Order $order): bool
    {
        $status = self::status($order);
        return $status === null || self::tellsOfMoney($status);
    }

    private static function hasMoney(\WC_Order $order): bool
    {
        $status = self::status($order);
        return $status !== null && self::tellsOfMoney($status);
    }

    private static function tellsOfMoney(array $status): bool
    {
        return $status['status'] === 'awaiting_payment'
            ? in_array($status['hint'], ['seen', 'confirming'], true)
            : !in_array($status['status'], self::OVER, true);
    }

    /**
     * As it was at the first question in this request: pages ask the same again and again.
     *
     * @return ?array<string, mixed>
     */
    private static function status(\WC_Order $order): ?array
    {
        static $known = [];
        $id = Orders::coinpayId($order);
        if (!array_key_exists($id, $known)) {
            $known[$id] = self::ask($order);
        }
        return $known[$id];
    }

    /**
     * @return ?array<string, mixed> null where nobody knows
     */
    private static function ask(\WC_Order $order): ?array
    {
        try {
            return Shop::engine()->orderStatus(Orders::access($order));
        } catch (CoinPayException $refused) {
            Log::error("order {$order->get_id()} cannot be looked up: {$refused->getMessage()}");
            return null;
        }
    }
}
