<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * The settings as rows of a table: inside of WooCommerce's own form, or of ours where there is no
 * WooCommerce. Never shows a secret.
 */
final class SettingsForm
{
    public const FIELD = 'coinpay';

    public static function print(): void
    {
        echo '<table class="form-table">';
        self::checkbox(
            'enabled',
            __('Enable', 'coinpay-woocommerce'),
            __('Offer crypto payments at checkout', 'coinpay-woocommerce'),
        );
        self::input(
            'title',
            __('Title', 'coinpay-woocommerce'),
            __('What shoppers see at checkout. Empty: "Pay with crypto".', 'coinpay-woocommerce'),
        );
        self::input('description', __('Description', 'coinpay-woocommerce'), '');
        self::select('mode', __('Mode', 'coinpay-woocommerce'), [
            'live' => __('Live: real money', 'coinpay-woocommerce'),
            'test' => __('Test: a sandbox', 'coinpay-woocommerce'),
        ], '');
        self::secret(
            'api_key',
            __('API key', 'coinpay-woocommerce'),
            __(
                'From your CoinPay account; begins with cp_live_ or cp_test_.',
                'coinpay-woocommerce',
            ),
        );
        self::input(
            'business_id',
            __('Business ID', 'coinpay-woocommerce'),
            __('A UUID, on the page of your business at CoinPay.', 'coinpay-woocommerce'),
        );
        self::secret(
            'webhook_secrets',
            __('Webhook secret', 'coinpay-woocommerce'),
            __(
                'While you change it, give both, the new one first, with a space between.',
                'coinpay-woocommerce',
            ),
        );
        self::row('', __('Webhook address', 'coinpay-woocommerce'), static function (): void {
            printf('<code>%s</code>', esc_html(WebhookEndpoint::url()));
        }, __('Enter this as the webhook URL of your business at CoinPay.', 'coinpay-woocommerce'));
        self::input(
            'base_url',
            __('Gateway address', 'coinpay-woocommerce'),
            __(
                'In test mode only: the address of your sandbox, such as http://127.0.0.1:8787/api.',
                'coinpay-woocommerce',
            ),
        );
        self::coins();
        self::input(
            'window_minutes',
            __('Time to pay', 'coinpay-woocommerce'),
            __(
                'Minutes until an unpaid order expires; Bitcoin has at least 180.',
                'coinpay-woocommerce',
            ),
            'number',
        );
        self::statuses();
        self::input(
            'alert_email',
            __('Alerts to', 'coinpay-woocommerce'),
            __(
                'Who hears of payments that need a person. Empty: the site\'s administrator.',
                'coinpay-woocommerce',
            ),
            'email',
        );
        self::select('log', __('Log', 'coinpay-woocommerce'), [
            'problems' => __('Problems only', 'coinpay-woocommerce'),
            'all' => __('Every step', 'coinpay-woocommerce'),
        ], __('WooCommerce, Status, Logs, source coinpay.', 'coinpay-woocommerce'));
        self::checkbox(
            'keep_data',
            __('When the plugin is deleted', 'coinpay-woocommerce'),
            __('Keep the records of payments and these settings', 'coinpay-woocommerce'),
            __(
                'You are asked again when you switch it off. Records are never deleted while there are orders with money of which nobody was told.',
                'coinpay-woocommerce',
            ),
        );
        echo '</table>';
    }

    private static function statuses(): void
    {
        if (!function_exists('wc_get_order_statuses')) {
            return;
        }
        $safe = [];
        foreach (wc_get_order_statuses() as $name => $label) {
            $name = substr((string) $name, 3);
            if (!in_array($name, [...Settings::paidStatuses(), 'checkout-draft'], true)) {
                $safe[$name] = (string) $label;
            }
        }
        $open = array_diff_key($safe, ['cancelled' => 0, 'failed' => 0]);
        $ended = array_intersect_key($safe, ['cancelled' => 0, 'failed' => 0]);
        $never = __(
            'Paid orders become what WooCommerce makes of them. No status that means paid can be chosen here.',
            'coinpay-woocommerce',
        );
        self::select(
            'status_seen',
            __('Status while money is under way', 'coinpay-woocommerce'),
            $open,
            $never,
        );
        self::select(
            'status_review',
            __('Status when a person is needed', 'coinpay-woocommerce'),
            $open,
            '',
        );
        self::select(
            'status_expired',
            __('Status when nobody paid in time', 'coinpay-woocommerce'),
            $ended,
            '',
        );
    }

    private static function coins(): void
    {
        $labels = Coins::known();
        if ($labels === []) {
            return;
        }
        $picked = Settings::list('coins');
        $print = static function () use ($labels, $picked): void {
            foreach ($labels as $coin => $label) {
                printf(
                    '<label><input type="checkbox" name="%s[coins][]" value="%s"%s> %s</label><br>',
                    esc_attr(self::FIELD),
                    esc_attr($coin),
                    checked(in_array($coin, $picked, true), true, false),
                    esc_html($label),
                );
            }
        };
        self::row(
            '',
            __('Coins', 'coinpay-woocommerce'),
            $print,
            __('None ticked: all that your account has a wallet for.', 'coinpay-woocommerce'),
        );
    }

    private static function input(string $key, string $label, string $about, string $type = 'text'): void
    {
        self::row($key, $label, static function () use ($key, $type): void {
            printf(
                '<input class="regular-text" type="%s" id="coinpay_%s" name="%s[%s]" value="%s">',
                esc_attr($type),
                esc_attr($key),
                esc_attr(self::FIELD),
                esc_attr($key),
                esc_attr(Settings::text($key)),
            );
        }, $about);
    }

    private static function secret(string $key, string $label, string $about): void
    {
        self::row($key, $label, static function () use ($key): void {
            if (Settings::isFixed($key)) {
                esc_html_e('Set in wp-config.php.', 'coinpay-woocommerce');
                return;
            }
            $hint = Settings::text($key) === ''
                ? ''
                : __('stored; leave empty to keep it', 'coinpay-woocommerce');
            printf(
                '<input class="regular-text" type="password" autocomplete="new-password" id="coinpay_%s"'
                    . ' name="%s[%s]" value="" placeholder="%s">',
                esc_attr($key),
                esc_attr(self::FIELD),
                esc_attr($key),
                esc_attr($hint),
            );
        }, $about);
    }

    /**
     * @param array<string, string> $choices
     */
    private static function select(string $key, string $label, array $choices, string $about): void
    {
        self::row($key, $label, static function () use ($key, $choices): void {
            printf(
                '<select id="coinpay_%s" name="%s[%s]">',
                esc_attr($key),
                esc_attr(self::FIELD),
                esc_attr($key),
            );
            foreach ($choices as $value => $words) {
                $chosen = selected(Settings::text($key), $value, false);
                printf(
                    '<option value="%s"%s>%s</option>',
                    esc_attr($value),
                    $chosen,
                    esc_html($words),
                );
            }
            echo '</select>';
        }, $about);
    }

    private static function checkbox(
        string $key,
        string $label,
        string $words,
        string $about = '',
    ): void {
        self::row($key, $label, static function () use ($key, $words): void {
            printf(
                '<label><input type="checkbox" id="coinpay_%s" name="%s[%s]" value="yes"%s> %s</label>',
                esc_attr($key),
                esc_attr(self::FIELD),
                esc_attr($key),
                checked(Settings::text($key), 'yes', false),
                esc_html($words),
            );
        }, $about);
    }

    private static function row(string $key, string $label, \Closure $field, string $about): void
    {
        printf(
            '<tr><th scope="row"><label for="coinpay_%s">%s</label></th><td>',
            esc_attr($key),
            esc_html($label),
        );
        $field();
        if ($about !== '') {
            printf('<p class="description">%s</p>', esc_html($about));
        }
        echo '</td></tr>';
    }
}
