<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Goods of an order that was given up and is paid after all: taken again if they are there. WooCommerce
 * counts them; what is written on its items says what was taken before.
 */
final class Stock
{
    /**
     * Whether the goods are this order's now.
     */
    public static function take(int $id): bool
    {
        // One at a time, so that two late orders do not take the same last piece.
        return Orders::locked('stock', static function () use ($id): bool {
            return Orders::alone($id, static function (\WC_Order $order): bool {
                $store = $order->get_data_store();
                if ($store->get_stock_reduced($order->get_id()) || Orders::isPaid($order)) {
                    return true;
                }
                if (!self::isThere($order)) {
                    return false;
                }
                Sync::quietly(static fn () => wc_maybe_reduce_stock_levels($order->get_id()));
                return true;
            }) ?? false;
        });
    }

    /**
     * Gives back what an unpaid order holds.
     */
    public static function giveBack(int $id): bool
    {
        return Orders::alone($id, static function (\WC_Order $order): bool {
            if (Orders::isPaid($order) || !Orders::isOurs($order)) {
                return false;
            }
            Sync::quietly(static function () use ($order): void {
                wc_maybe_increase_stock_levels($order->get_id());
                wc_release_stock_for_order($order);
            });
            return true;
        }) ?? false;
    }

    private static function isThere(\WC_Order $order): bool
    {
        $wanted = [];
        $products = [];
        foreach ($order->get_items() as $item) {
            $product = $item instanceof \WC_Order_Item_Product ? $item->get_product() : null;
            if ($product instanceof \WC_Product && $product->managing_stock() && !$product->backorders_allowed()) {
                $counted = $product->get_stock_managed_by_id();
                $products[$counted] = $product;
                $wanted[$counted] = ($wanted[$counted] ?? 0) + $item->get_quantity();
            }
        }
        foreach ($wanted as $counted => $quantity) {
            $held = wc_get_held_stock_quantity($products[$counted], $order->get_id());
            if ($products[$counted]->get_stock_quantity() - $held < $quantity) {
                return false;
            }
        }
        return true;
    }
}
