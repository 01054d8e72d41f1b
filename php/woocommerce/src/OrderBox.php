<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * The payment at the order's page for the shop: where it stands, what came, why, and what a person can
 * do, as order actions.
 */
final class OrderBox
{
    public static function hook(): void
    {
        add_action('add_meta_boxes', [self::class, 'add'], 30, 2);
        add_filter('woocommerce_order_actions', [self::class, 'actions'], 10, 2);
        $acts = ['ask' => 'ask', 'refund_sent' => 'refundSent', 'refund_waived' => 'refundWaived'];
        foreach ($acts as $name => $method) {
            add_action("woocommerce_order_action_coinpay_$name", [self::class, $method]);
        }
    }

    /**
     * @param mixed $screen
     * @param mixed $shown an order, or its post
     */
    public static function add($screen, $shown = null): void
    {
        $order = $shown instanceof \WP_Post ? wc_get_order($shown->ID) : $shown;
        if ($order instanceof \WC_Order && Orders::coinpayId($order) !== '') {
            $show = static fn () => self::print($order);
            add_meta_box(
                'coinpay',
                __('CoinPay', 'coinpay-woocommerce'),
                $show,
                $screen,
                'normal',
                'default',
            );
        }
    }

    /**
     * @param mixed $order
     */
    public static function actions(array $actions, $order = null): array
    {
        if (!$order instanceof \WC_Order || Orders::coinpayId($order) === '') {
            return $actions;
        }
        $actions['coinpay_ask'] = __('CoinPay: ask the gateway now', 'coinpay-woocommerce');
        try {
            $status = Shop::engine()->orderStatus(Orders::access($order));
        } catch (CoinPayException) {
            return $actions;
        }
        if (isset($status['refund_due'])) {
            $actions['coinpay_refund_sent'] = __(
                'CoinPay: the refund due was sent',
                'coinpay-woocommerce',
            );
            $actions['coinpay_refund_waived'] = __(
                'CoinPay: the customer leaves the refund due',
                'coinpay-woocommerce',
            );
        }
        return $actions;
    }

    public static function ask(\WC_Order $order): void
    {
        Merchant::tell($order, static function () use ($order): void {
            Shop::engine()->orderStatus(Orders::access($order));
            Worker::run();
            Sync::order($order->get_id());
        });
    }

    public static function refundSent(\WC_Order $order): void
    {
        self::settleRefund($order, false);
    }

    public static function refundWaived(\WC_Order $order): void
    {
        self::settleRefund($order, true);
    }

    private static function settleRefund(\WC_Order $order, bool $waived): void
    {
        Merchant::tell($order, static function () use ($order, $waived): void {
            $engine = Shop::engine();
            $status = $engine->orderStatus(Orders::access($order));
            if (!isset($status['refund_due'])) {
                return;
            }
            $amount = self::money($status['refund_due']['amount'], $status['currency']);
            // The sum that was settled before is in the name: the same button does not count twice.
            $settled = $engine->explainOrder($status['order_id'])['ledger'];
            $name = ($waived ? 'waived' : 'sent') . "-{$settled['refunded']}-{$settled['waived']}";
            Merchant::recordRefund($order, $name, $amount, $waived);
            /* translators: 1: a sum, 2: a currency */
            $words = $waived
                ? __('CoinPay: the customer leaves %1$s %2$s to the shop.', 'coinpay-woocommerce')
                : __('CoinPay: %1$s %2$s were given back.', 'coinpay-woocommerce');
            $order->add_order_note(sprintf($words, $amount, $status['currency']), 0, true);
        });
    }

    private static function money(mixed $units, string $currency): string
    {
        $asked = ['currency' => $currency, 'units' => (string) $units];
        return (string) Shop::backend()->call('format', $asked);
    }

    private static function print(\WC_Order $order): void
    {
        try {
            $story = Shop::engine()->explainOrder(Orders::coinpayId($order));
        } catch (CoinPayException $refused) {
            printf('<p>%s</p>', esc_html($refused->getMessage()));
            return;
        }
        $ledger = $story['ledger'];
        $currency = (string) $ledger['currency'];
        $sum = static fn (mixed $units): string => self::money($units, $currency) . " $currency";
        $rows = [
            __('Payment', 'coinpay-woocommerce') => Words::status($story['order']['status']),
            __('Why a person is needed', 'coinpay-woocommerce') => Words::reasons(
                $story['order']['attention'],
            ),
            __('Due', 'coinpay-woocommerce') => $sum($ledger['due']),
            __('Came', 'coinpay-woocommerce') => $sum($ledger['credited']),
        ];
        if ((string) $ledger['missing'] !== '0') {
            $rows[__('Missing', 'coinpay-woocommerce')] = $sum($ledger['missing']);
        }
        if (isset($ledger['refund_due'])) {
            $rows[__('To be given back', 'coinpay-woocommerce')] = $sum(
                $ledger['refund_due']['amount'],
            );
        }
        echo '<table class="widefat striped">';
        foreach (array_filter($rows, static fn ($value) => $value !== '') as $label => $value) {
            printf(
                '<tr><th scope="row">%s</th><td>%s</td></tr>',
                esc_html($label),
                esc_html($value),
            );
        }
        self::printAttempts($story);
        echo '</table>';
        self::printLog($story['log']);
    }

    private static function printAttempts(array $story): void
    {
        $transactions = array_column($story['ledger']['attempts'], 'transactions', 'attempt');
        foreach ($story['attempts'] as $attempt) {
            printf(
                '<tr><th scope="row">%s</th><td>%s %s<br><code>%s</code><br>%s</td></tr>',
                /* translators: %s: a number */
                esc_html(sprintf(__('Payment %s', 'coinpay-woocommerce'), $attempt['attempt'])),
                esc_html($attempt['blockchain']),
                esc_html($attempt['state']),
                esc_html((string) ($attempt['address'] ?? '')),
                esc_html(implode(', ', $transactions[$attempt['attempt']] ?? [])),
            );
        }
    }

    private static function printLog(array $log): void
    {
        printf(
            '<details><summary>%s</summary><ol>',
            esc_html__('What happened', 'coinpay-woocommerce'),
        );
        foreach ($log as $line) {
            $at = wp_date('Y-m-d H:i:s', intdiv((int) $line['at_ms'], 1000));
            $who = trim(($line['actor'] ?? '') . ' ' . ($line['note'] ?? ''));
            printf(
                '<li>%s %s %s</li>',
                esc_html((string) $at),
                esc_html($line['kind']),
                esc_html($who),
            );
        }
        echo '</ol></details>';
    }
}
