<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * Tells the library what people decide in WooCommerce: an order accepted, cancelled, handed over,
 * refunded, or paid in another way. What the library refuses is said at the order.
 */
final class Merchant
{
    public static function hook(): void
    {
        add_action('woocommerce_order_status_changed', [self::class, 'statusChanged'], 20, 4);
        add_action('woocommerce_order_refunded', [self::class, 'refunded'], 20, 2);
    }

    /**
     * @param int $id
     * @param string $from
     * @param string $to
     * @param mixed $order
     */
    public static function statusChanged($id, $from, $to, $order): void
    {
        if (Sync::isOwn() || !$order instanceof \WC_Order || Orders::coinpayId($order) === '') {
            return;
        }
        $isPaid = in_array($to, array_diff(Settings::paidStatuses(), ['refunded']), true);
        self::tell($order, static function () use ($order, $to, $isPaid): void {
            if (!Orders::isOurs($order)) {
                $isPaid && self::paidElsewhere($order);
                return;
            }
            $status = Shop::engine()->orderStatus(Orders::access($order));
            match (true) {
                $isPaid => self::accepted($order, $status, $to),
                $to === 'cancelled' => self::cancelled($order, $status),
                default => null,
            };
        });
    }

    /**
     * Nothing of the order is left to be handed over.
     */
    public static function handedOver(\WC_Order $order): void
    {
        self::tell($order, static function () use ($order): void {
            $id = Orders::coinpayId($order);
            Shop::engine()->markFulfilled(['order_id' => $id, 'actor' => self::actor()]);
        });
    }

    public static function paidElsewhere(\WC_Order $order): void
    {
        self::tell($order, static function () use ($order): void {
            $elsewhere = ['reason' => 'paid_elsewhere', 'actor' => self::actor()];
            Shop::engine()->cancelOrder(Orders::access($order) + $elsewhere);
        });
    }

    /**
     * A person made the order paid.
     */
    private static function accepted(\WC_Order $order, array $status, string $to): void
    {
        $id = $status['order_id'];
        $paid = in_array($status['status'], ['paid', 'fulfilled'], true);
        if ($status['status'] === 'needs_review') {
            $accept = ['decision' => 'accept', 'reasons' => $status['attention']];
            $after = Shop::engine()->resolveReview(
                $accept + ['order_id' => $id, 'actor' => self::actor()],
            );
            $paid = $after['order']['status'] === 'paid';
        } elseif (!$paid && $order->get_meta(Orders::PAID_BY) !== $id) {
            // Without money of ours: cash, a bank, or a promise.
            self::paidElsewhere($order);
        }
        if ($paid) {
            $order->update_meta_data(Orders::PAID_BY, $id);
            $order->save();
        }
        if ($paid && $to === 'completed') {
            self::handedOver($order);
        }
    }

    private static function cancelled(\WC_Order $order, array $status): void
    {
        $engine = Shop::engine();
        if ($status['status'] === 'awaiting_payment') {
            $engine->cancelOrder(
                Orders::access($order) + ['reason' => 'shop', 'actor' => self::actor()],
            );
        } elseif (in_array($status['status'], ['needs_review', 'paid'], true)) {
            $close = [
                'decision' => 'close',
                'order_id' => $status['order_id'],
                'actor' => self::actor(),
            ];
            $engine->resolveReview($close);
        }
    }

    /**
     * A refund was entered in WooCommerce. The gateway cannot send crypto back.
     *
     * @param int $id
     * @param int $refundId
     */
    public static function refunded($id, $refundId): void
    {
        $order = wc_get_order((int) $id);
        $refund = wc_get_order((int) $refundId);
        if (!$order instanceof \WC_Order || !$refund instanceof \WC_Order_Refund) {
            return;
        }
        $byUs = $order->get_meta(Orders::PAID_BY) !== '';
        if (Orders::coinpayId($order) === '' || !$byUs) {
            return;
        }
        self::tell($order, static fn () => self::takeOver($order, $refund));
    }

    private static function takeOver(\WC_Order $order, \WC_Order_Refund $refund): void
    {
        $amount = Checkout::inCurrency($order, (string) $refund->get_amount('edit'));
        /* translators: 1: a sum, 2: a currency, 3: a coin */
        $words = __(
            'CoinPay: %1$s %2$s are to be given back. The gateway cannot send crypto: ask the customer for an address and send the equivalent in %3$s, or another way, yourself.',
            'coinpay-woocommerce',
        );
        $coin = (string) $order->get_meta(Orders::COIN);
        $name = "wc-{$refund->get_id()}";
        Orders::noteOnce(
            $order,
            "refund $name",
            sprintf($words, $amount, $order->get_currency(), $coin),
        );
        self::recordRefund($order, $name, $amount);
    }

    public static function recordRefund(
        \WC_Order $order,
        string $refundId,
        string $amount,
        bool $waived = false,
    ): void {
        Shop::engine()->recordRefund([
            'order_id' => Orders::coinpayId($order),
            'refund_id' => $refundId,
            'amount' => Checkout::inCurrency($order, $amount),
            'ends_order' => !$waived && $order->has_status('refunded'),
            'waived' => $waived,
            'actor' => self::actor(),
        ]);
    }

    /**
     * Runs a command; what is refused becomes a note, and never breaks what WooCommerce is doing.
     */
    public static function tell(\WC_Order $order, \Closure $command): void
    {
        try {
            $command();
        } catch (CoinPayException $refused) {
            if ($refused->error === ErrorCode::NotFound) {
                return;
            }
            Log::warning(
                "order {$order->get_id()}: {$refused->error->value}: {$refused->getMessage()}",
            );
            /* translators: %s: why, in English */
            $words = __('CoinPay did not take this change over: %s', 'coinpay-woocommerce');
            Sync::quietly(
                static fn () => $order->add_order_note(sprintf($words, $refused->getMessage())),
            );
        }
    }

    public static function actor(): string
    {
        $user = get_current_user_id();
        return $user > 0 ? "wordpress user $user" : 'woocommerce';
    }
}
