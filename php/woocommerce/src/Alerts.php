<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Tells the shop of what needs a person: a note at the order, a mail, the log.
 */
final class Alerts
{
    /**
     * @param array<string, mixed> $effect of the kind `alert_operations`
     */
    public static function tell(?\WC_Order $order, array $effect): void
    {
        $payload = $effect['payload'];
        $text = self::text($payload);
        if ($order === null) {
            Log::error($text);
            self::mail(null, $text);
            return;
        }
        if (Orders::hasNote($order, $effect['idempotency_key'])) {
            return;
        }
        // The mail comes first: twice is better than never.
        self::mail($order, $text);
        Orders::noteOnce($order, $effect['idempotency_key'], $text);
        Log::warning("order {$order->get_id()}: {$payload['alert']}");
    }

    /**
     * @param array<string, mixed> $payload
     */
    private static function text(array $payload): string
    {
        $name = (string) ($payload['alert'] ?? '');
        if (str_starts_with($name, 'refund_due')) {
            /* translators: %s: the sum and why, in English */
            $words = __(
                'CoinPay: money is to be given back: %s. The gateway cannot send it: send it from your own wallet, then record it by the order action "CoinPay: the refund due was sent".',
                'coinpay-woocommerce',
            );
            return sprintf($words, (string) ($payload['message'] ?? ''));
        }
        $reason = Words::reason($name);
        $message = $reason === $name ? (string) ($payload['message'] ?? $name) : $reason;
        return trim("CoinPay: $message. " . ($payload['cause'] ?? ''));
    }

    public static function mail(?\WC_Order $order, string $text): void
    {
        $to = Settings::text('alert_email') ?: (string) get_option('admin_email');
        $site = wp_specialchars_decode((string) get_option('blogname'), ENT_QUOTES);
        /* translators: 1: the site's name, 2: the number of an order */
        $words = __('[%1$s] CoinPay: order %2$s', 'coinpay-woocommerce');
        $subject = sprintf($words, $site, $order === null ? '-' : $order->get_order_number());
        $link = $order === null ? AdminPage::url() : $order->get_edit_order_url();
        wp_mail($to, $subject, "$text\n\n$link\n");
    }
}
