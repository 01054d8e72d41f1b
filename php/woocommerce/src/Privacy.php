<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * What WordPress's tools for personal data ask: what is known of a customer, and to forget it.
 */
final class Privacy
{
    private const AT_ONCE = 20;

    public static function hook(): void
    {
        add_filter('wp_privacy_personal_data_exporters', static fn ($all) => ['coinpay' => [
            'exporter_friendly_name' => __('CoinPay payments', 'coinpay-woocommerce'),
            'callback' => [self::class, 'export'],
        ]] + (array) $all);
        // Before WooCommerce's own, which may take away the address that orders are found by.
        add_filter('wp_privacy_personal_data_erasers', static fn ($all) => ['coinpay' => [
            'eraser_friendly_name' => __('CoinPay payments', 'coinpay-woocommerce'),
            'callback' => [self::class, 'erase'],
        ]] + (array) $all);
        add_action('admin_init', [self::class, 'suggest']);
    }

    public static function suggest(): void
    {
        if (function_exists('wp_add_privacy_policy_content')) {
            $text = __(
                'For crypto payments, this site keeps the amount, the address and the transactions of each payment, and tells CoinPay the amount and the order\'s number, not who the customer is.',
                'coinpay-woocommerce',
            );
            wp_add_privacy_policy_content('CoinPay', wp_kses_post(wpautop($text)));
        }
    }

    /**
     * @return array{data: list<array<string, mixed>>, done: bool}
     */
    public static function export(string $email, int $page = 1): array
    {
        [$orders, $done] = self::orders($email, $page);
        $data = [];
        foreach ($orders as $order) {
            try {
                $story = Shop::engine()->explainOrder(Orders::coinpayId($order));
            } catch (CoinPayException) {
                continue;
            }
            $data[] = [
                'group_id' => 'coinpay',
                'group_label' => __('CoinPay payments', 'coinpay-woocommerce'),
                'item_id' => 'coinpay-' . $order->get_id(),
                'data' => self::items($order, $story),
            ];
        }
        return ['data' => $data, 'done' => $done];
    }

    /**
     * @return list<array{name: string, value: string}>
     */
    private static function items(\WC_Order $order, array $story): array
    {
        $paid = $story['order'];
        $known = [
            __('Order', 'coinpay-woocommerce') => $order->get_order_number(),
            __('Payment', 'coinpay-woocommerce') => Words::status($paid['status']),
            __('Due', 'coinpay-woocommerce') => Words::money($paid['total'], $paid['currency']),
            __('Addresses', 'coinpay-woocommerce') => implode(
                ', ',
                array_filter(array_column($story['attempts'], 'address')),
            ),
            __('Transactions', 'coinpay-woocommerce') => implode(
                ', ',
                array_merge([], ...array_column($story['ledger']['attempts'], 'transactions')),
            ),
        ];
        $items = [];
        foreach ($known as $name => $value) {
            $items[] = ['name' => $name, 'value' => (string) $value];
        }
        return $items;
    }

    /**
     * All orders of a customer stand under one alias, so that they are erased together or not yet.
     *
     * @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool}
     */
    public static function erase(string $email, int $page = 1): array
    {
        $open = ['pending', 'on-hold', 'failed', ReviewStatus::NAME];
        [$waiting] = self::orders($email, 1, $open);
        if ($waiting !== []) {
            /* translators: %s: the number of an order */
            $words = __(
                'The payment of order %s is not over; payments are kept until then.',
                'coinpay-woocommerce',
            );
            $message = sprintf($words, $waiting[0]->get_order_number());
            return [
                'items_removed' => false,
                'items_retained' => true,
                'messages' => [$message],
                'done' => true,
            ];
        }
        [$orders, $done] = self::orders($email, $page);
        $answer = [
            'items_removed' => false,
            'items_retained' => false,
            'messages' => [],
            'done' => $done,
        ];
        foreach ($orders as $order) {
            $customer = (string) $order->get_meta(Orders::CUSTOMER);
            if ($customer === '') {
                continue;
            }
            try {
                do {
                    $erased = Shop::engine()->eraseCustomer($customer);
                } while ($erased['more']);
                $order->delete_meta_data(Orders::CUSTOMER);
                $order->save();
                $answer['items_removed'] = true;
            } catch (CoinPayException $refused) {
                $answer['items_retained'] = true;
                $answer['messages'][] = $refused->getMessage();
            }
        }
        return $answer;
    }

    /**
     * @param list<string> $statuses
     * @return array{list<\WC_Order>, bool} ours of a page, and whether it is the last
     */
    private static function orders(string $email, int $page, array $statuses = []): array
    {
        if (!Plugin::hasWooCommerce()) {
            return [[], true];
        }
        $found = wc_get_orders([
            'customer' => $email,
            'type' => 'shop_order',
            'limit' => $statuses === [] ? self::AT_ONCE : -1,
            'page' => $page,
            'orderby' => 'ID',
            'order' => 'ASC',
        ] + ($statuses === [] ? [] : ['status' => $statuses]));
        $found = is_array($found) ? $found : [];
        $ours = static fn ($order) => $order instanceof \WC_Order && Orders::coinpayId($order) !== '';
        return [array_values(array_filter($found, $ours)), count($found) < self::AT_ONCE];
    }
}
