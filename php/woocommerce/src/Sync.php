<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Moves an order of WooCommerce's to where the library says that its payment stands. Derived anew
 * each time from the library's status, so that it may be repeated; never takes back a payment, and
 * leaves alone an order that is paid, or that is to be paid in another way.
 */
final class Sync
{
    private static int $own = 0;

    /**
     * Whether the change that is going on is ours, not a person's.
     */
    public static function isOwn(): bool
    {
        return self::$own > 0;
    }

    /**
     * Runs a change of ours.
     */
    public static function quietly(\Closure $change): void
    {
        self::$own++;
        try {
            $change();
        } finally {
            self::$own--;
        }
    }

    /**
     * @throws \CoinPay\Exception\CoinPayException
     */
    public static function order(int $id): void
    {
        Orders::alone($id, static function (\WC_Order $order): void {
            if (Orders::coinpayId($order) !== '') {
                $status = Shop::engine()->orderStatus(Orders::access($order));
                self::quietly(static fn () => self::apply($order, $status));
            }
        });
    }

    /**
     * @param array<string, mixed> $status of `order_status`
     */
    private static function apply(\WC_Order $order, array $status): void
    {
        $ours = Orders::isOurs($order);
        if (Orders::isPaid($order)) {
            self::leaveAlone($order, $status, $ours);
        } elseif (!$ours) {
            self::tellOfMoney($order, $status);
        } else {
            match ($status['status']) {
                'paid', 'fulfilled' => self::pay($order, $status),
                'needs_review' => self::review($order, $status),
                'expired', 'cancelled', 'refunded' => self::end($order, $status['status']),
                default => self::wait($order, $status),
            };
        }
    }

    /**
     * Enough money came, for certain.
     */
    private static function pay(\WC_Order $order, array $status): void
    {
        $asked = [$status['total'], $status['currency']];
        if ($asked !== [Checkout::total($order), $order->get_currency()]) {
            self::hold(
                $order,
                $status,
                __(
                    'the order was changed after the payment had been asked for',
                    'coinpay-woocommerce',
                ),
            );
            return;
        }
        $story = Shop::engine()->explainOrder($status['order_id']);
        $transactions = array_merge(
            [],
            ...array_column($story['ledger']['attempts'], 'transactions'),
        );
        $order->update_meta_data(Orders::PAID_BY, $status['order_id']);
        $order->save();
        /* translators: 1: a sum, 2: a currency, 3: transactions */
        $words = __('CoinPay: %1$s %2$s came. Transactions: %3$s.', 'coinpay-woocommerce');
        $text = sprintf(
            $words,
            $status['credited'],
            $status['currency'],
            implode(', ', $transactions) ?: '?',
        );
        Orders::noteOnce($order, 'paid ' . $status['order_id'], $text);
        $transaction = (string) ($transactions[0] ?? $story['order']['payment_id'] ?? '');
        if (!$order->payment_complete($transaction)) {
            // WooCommerce has noted why at the order; the same is tried again later.
            throw new \RuntimeException('payment_complete() failed');
        }
        if (!Orders::isPaid($order)) {
            self::tellOfMoney($order, $status);
        } elseif ($order->has_status('completed')) {
            // Nothing of it has to be handed over.
            Merchant::handedOver($order);
        }
    }

    private static function review(\WC_Order $order, array $status): void
    {
        if ($status['attention'] === ['awaiting_stock']) {
            // The answer about the stock is under way, and decides.
            return;
        }
        self::hold($order, $status, Words::reasons($status['attention']));
    }

    private static function hold(\WC_Order $order, array $status, string $why): void
    {
        $to = Settings::orderStatus('status_review');
        /* translators: 1: reasons, 2: sum that came, 3: sum due, 4: currency */
        $words = __(
            'CoinPay: a person is needed: %1$s. Came: %2$s %4$s, due: %3$s %4$s. Move the order to Processing to accept it, or to Cancelled to close it and give the money back.',
            'coinpay-woocommerce',
        );
        $due = Checkout::total($order);
        $text = sprintf($words, $why, $status['credited'], $due, $status['currency']);
        Orders::noteOnce($order, 'review ' . substr(hash('sha256', $text), 0, 16), $text);
        if ($order->has_status($to)) {
            return;
        }
        if ($order->has_status(['pending', 'on-hold', Settings::orderStatus('status_seen')])) {
            // What was set aside for a while is kept while a person thinks. Goods of an order that
            // had ended were taken again before, or are not to be had.
            wc_maybe_reduce_stock_levels($order->get_id());
        }
        $order->update_status($to);
    }

    private static function wait(\WC_Order $order, array $status): void
    {
        $seen = $status['payment_status'] === 'confirming' || in_array(
            $status['hint'],
            ['seen', 'confirming'],
            true,
        );
        if ($seen && $order->has_status(['pending', 'failed'])) {
            $order->update_status(
                Settings::orderStatus('status_seen'),
                __(
                    'CoinPay: money is under way and not confirmed yet. Do not ship.',
                    'coinpay-woocommerce',
                ),
            );
        }
    }

    private static function end(\WC_Order $order, string $status): void
    {
        $open = [
            'pending',
            'on-hold',
            'failed',
            Settings::orderStatus('status_seen'),
            Settings::orderStatus('status_review'),
        ];
        $to = $status === 'expired' ? Settings::orderStatus('status_expired') : 'cancelled';
        if ($order->has_status($to) || !$order->has_status($open)) {
            return;
        }
        $order->update_status($to, match ($status) {
            'expired' => __('CoinPay: nobody paid in time.', 'coinpay-woocommerce'),
            'refunded' => __('CoinPay: what came was given back.', 'coinpay-woocommerce'),
            default => __('CoinPay: the payment was cancelled.', 'coinpay-woocommerce'),
        });
    }

    /**
     * The order is paid. If that was not by this payment, the library has to know.
     */
    private static function leaveAlone(\WC_Order $order, array $status, bool $ours): void
    {
        $byUs = $order->get_meta(Orders::PAID_BY) === $status['order_id'];
        if (!$ours && !$byUs) {
            Merchant::paidElsewhere($order);
        }
        if ($status['status'] === 'refunded' && !$order->has_status('refunded')) {
            $text = __(
                'CoinPay: the money was given back according to the gateway or the records. This order is left as it is.',
                'coinpay-woocommerce',
            );
            Orders::noteOnce($order, 'refunded ' . $status['order_id'], $text);
        }
    }

    /**
     * Money for an order that nobody may move: the shopper has meanwhile chosen to pay in another way,
     * and has not; or it lies in the bin, or in a status of another plugin's.
     */
    private static function tellOfMoney(\WC_Order $order, array $status): void
    {
        if (!in_array($status['status'], ['paid', 'needs_review'], true)) {
            return;
        }
        /* translators: 1: a sum, 2: a currency, 3: a status */
        $words = __(
            'CoinPay: %1$s %2$s came for this order, which is now to be paid in another way, or in a status (%3$s) that was left as it is. Accept it by moving the order to Processing, or give the money back.',
            'coinpay-woocommerce',
        );
        $text = sprintf($words, $status['credited'], $status['currency'], $order->get_status());
        if (!Orders::hasNote($order, 'switched ' . $status['order_id'])) {
            Alerts::mail($order, $text);
            Orders::noteOnce($order, 'switched ' . $status['order_id'], $text);
        }
    }
}
