<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * What shoppers and shopkeepers read about things that the library names by a code.
 */
final class Words
{
    public static function forShopper(CoinPayException $refused): string
    {
        return match ($refused->error) {
            ErrorCode::TooManyOpenOrders => __(
                'You have several orders waiting for payment. Please pay or cancel one of them first.',
                'coinpay-woocommerce',
            ),
            ErrorCode::TooManyAttempts => __(
                'This order was tried too often. Please contact the shop.',
                'coinpay-woocommerce',
            ),
            ErrorCode::AmountTooLarge => __(
                'This amount is too large for a crypto payment.',
                'coinpay-woocommerce',
            ),
            default => $refused->retryable()
                ? __(
                    'The payment service does not answer at the moment. Please try again in a minute.',
                    'coinpay-woocommerce',
                )
                : __(
                    'Crypto payment is not possible for this order. Please choose another way to pay.',
                    'coinpay-woocommerce',
                ),
        };
    }

    public static function reason(string $reason): string
    {
        return match ($reason) {
            'conflict' => __(
                'the gateway\'s report contradicts what was stored of the payment',
                'coinpay-woocommerce',
            ),
            'too_late' => __(
                'the money came after the time in which it pays by itself',
                'coinpay-woocommerce',
            ),
            'newer_order' => __(
                'the money came for an older payment of an order that was opened again',
                'coinpay-woocommerce',
            ),
            'short' => __('less came than is due', 'coinpay-woocommerce'),
            'partially_refunded' => __(
                'the gateway gave back a part, and what is left is less than is due',
                'coinpay-woocommerce',
            ),
            'cancelled' => __(
                'the money came after the order was cancelled',
                'coinpay-woocommerce',
            ),
            'paid_elsewhere' => __('the order was paid in another way', 'coinpay-woocommerce'),
            'no_stock' => __('the goods are no longer in stock', 'coinpay-woocommerce'),
            'awaiting_stock' => __('the stock is being checked', 'coinpay-woocommerce'),
            default => $reason,
        };
    }

    /**
     * @param list<string> $reasons
     */
    public static function reasons(array $reasons): string
    {
        return implode('; ', array_map([self::class, 'reason'], $reasons));
    }

    public static function status(string $status): string
    {
        return match ($status) {
            'awaiting_payment' => __('waiting for the payment', 'coinpay-woocommerce'),
            'paid' => __('paid', 'coinpay-woocommerce'),
            'fulfilled' => __('paid and handed over', 'coinpay-woocommerce'),
            'needs_review' => __('a person is needed', 'coinpay-woocommerce'),
            'expired' => __('expired, nothing came', 'coinpay-woocommerce'),
            'cancelled' => __('cancelled', 'coinpay-woocommerce'),
            'refunded' => __('refunded', 'coinpay-woocommerce'),
            default => $status,
        };
    }

    /**
     * A sum that the library wrote as a decimal.
     */
    public static function money(string $amount, string $currency): string
    {
        return "$amount $currency";
    }

    /**
     * What warns in the health panel, and what to do about it here.
     */
    public static function warning(string $code): string
    {
        return match ($code) {
            'work_not_called' => __(
                'The timer has not run for 5 minutes, so that orders do not expire and lost webhooks are not made up for. See whether WP-Cron runs; a real cron job for wp-cron.php is best.',
                'coinpay-woocommerce',
            ),
            'effects_waiting' => __(
                'Changes of orders wait to be carried out. See whether WP-Cron runs.',
                'coinpay-woocommerce',
            ),
            'effects_dead' => __(
                'Changes of orders failed for good. The log, source coinpay, says why; press "Try again".',
                'coinpay-woocommerce',
            ),
            'effects_uncertain' => __(
                'Of some side work nobody knows whether it was done. See the log.',
                'coinpay-woocommerce',
            ),
            'looks_overdue' => __(
                'Questions to the gateway are overdue. See whether WP-Cron runs and the gateway can be reached.',
                'coinpay-woocommerce',
            ),
            'orders_need_review' => __('Orders need a person.', 'coinpay-woocommerce'),
            'learnt_by_asking' => __(
                'Most payments had to be learnt by asking. See whether webhooks arrive, with the test on this page.',
                'coinpay-woocommerce',
            ),
            default => $code,
        };
    }
}
