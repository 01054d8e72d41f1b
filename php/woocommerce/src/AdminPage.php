<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * The plugin's own page: health, tests, and, where there is no WooCommerce to show them, the settings.
 */
final class AdminPage
{
    private const SLUG = 'coinpay';
    private const ACTS = ['save', 'connection', 'webhook', 'work', 'again'];
    private const NOTICES = 'coinpay_notices_';

    public static function hook(): void
    {
        add_action('admin_menu', [self::class, 'add'], 60);
        foreach (self::ACTS as $act) {
            add_action("admin_post_coinpay_$act", static fn () => self::act($act));
        }
        add_filter('plugin_action_links_' . plugin_basename(FILE), static function ($links) {
            $link = sprintf(
                '<a href="%s">%s</a>',
                esc_url(self::settingsUrl()),
                esc_html__('Settings', 'coinpay-woocommerce'),
            );
            return [$link, ...(array) $links];
        });
    }

    public static function capability(): string
    {
        return Plugin::hasWooCommerce() ? 'manage_woocommerce' : 'manage_options';
    }

    public static function url(): string
    {
        return add_query_arg('page', self::SLUG, admin_url(self::parentFile()));
    }

    /** Which file of WordPress's serves our pages. */
    public static function parentFile(): string
    {
        return Plugin::hasWooCommerce() ? 'admin.php' : 'options-general.php';
    }

    /** Under which entry of the menu they are. */
    public static function parentMenu(): string
    {
        return Plugin::hasWooCommerce() ? 'woocommerce' : 'options-general.php';
    }

    public static function settingsUrl(): string
    {
        return Plugin::hasWooCommerce()
            ? admin_url('admin.php?page=wc-settings&tab=checkout&section=' . Method::ID)
            : self::url();
    }

    public static function add(): void
    {
        add_submenu_page(
            self::parentMenu(),
            'CoinPay',
            'CoinPay',
            self::capability(),
            self::SLUG,
            [self::class, 'print'],
        );
    }

    public static function print(): void
    {
        if (!current_user_can(self::capability())) {
            return;
        }
        echo '<div class="wrap"><h1>CoinPay</h1>';
        self::printNotices();
        if (!Plugin::hasWooCommerce()) {
            printf(
                '<div class="notice notice-warning inline"><p>%s</p></div>',
                esc_html__(
                    'WooCommerce is not active. Nothing is offered to shoppers until it is; webhooks of payments that were made before are taken all the same.',
                    'coinpay-woocommerce',
                ),
            );
        }
        HealthPanel::printObstacles();
        HealthPanel::print();
        self::printTests();
        printf(
            '<p><a class="button" href="%s">%s</a></p>',
            esc_url(OperatorView::url()),
            esc_html__('Orders, side work and figures', 'coinpay-woocommerce'),
        );
        if (Plugin::hasWooCommerce()) {
            printf(
                '<p><a class="button" href="%s">%s</a></p>',
                esc_url(self::settingsUrl()),
                esc_html__('Settings', 'coinpay-woocommerce'),
            );
        } else {
            printf('<h2>%s</h2>', esc_html__('Settings', 'coinpay-woocommerce'));
            self::openForm('save');
            SettingsForm::print();
            submit_button();
            echo '</form>';
        }
        echo '</div>';
    }

    private static function printTests(): void
    {
        printf('<h2>%s</h2>', esc_html__('Tests', 'coinpay-woocommerce'));
        $tests = [
            'connection' => [
                __('Test the connection', 'coinpay-woocommerce'),
                __(
                    'Asks the gateway whether the key and the business are right, and the database whether it keeps what it says.',
                    'coinpay-woocommerce',
                ),
            ],
            'webhook' => [
                __('Test the webhook', 'coinpay-woocommerce'),
                __(
                    'Sends a signed webhook to this site by its public address, as the gateway does, and looks whether it arrives in the database.',
                    'coinpay-woocommerce',
                ),
            ],
            'work' => [
                __('Run the timer now', 'coinpay-woocommerce'),
                __('Asks about open payments and carries out what waits.', 'coinpay-woocommerce'),
            ],
            'again' => [
                __('Try again what failed', 'coinpay-woocommerce'),
                __(
                    'Side work that failed for good is handed out once more.',
                    'coinpay-woocommerce',
                ),
            ],
        ];
        foreach ($tests as $act => [$label, $about]) {
            self::openForm($act);
            submit_button($label, 'secondary', "coinpay_$act", false);
            printf(' <span class="description">%s</span></form>', esc_html($about));
        }
    }

    private static function openForm(string $act): void
    {
        printf('<form method="post" action="%s">', esc_url(admin_url('admin-post.php')));
        printf('<input type="hidden" name="action" value="coinpay_%s">', esc_attr($act));
        wp_nonce_field("coinpay_$act");
    }

    public static function act(string $act): void
    {
        if (!current_user_can(self::capability())) {
            wp_die(
                esc_html__('You may not do this.', 'coinpay-woocommerce'),
                '',
                ['response' => 403],
            );
        }
        check_admin_referer("coinpay_$act");
        try {
            $told = self::carryOut($act);
        } catch (CoinPayException $refused) {
            $told = [[false, $refused->error->value . ': ' . $refused->getMessage()]];
        }
        set_transient(self::NOTICES . get_current_user_id(), $told, 300);
        wp_safe_redirect(self::url());
        exit;
    }

    /**
     * @return list<array{bool, string}> what to tell, and whether it is good
     */
    private static function carryOut(string $act): array
    {
        switch ($act) {
            case 'connection':
                return ConnectionTest::run();
            case 'webhook':
                return WebhookTest::run();
            case 'work':
                Worker::run();
                return [[true, __('The timer has run.', 'coinpay-woocommerce')]];
            case 'again':
                $count = Worker::tryAgain();
                /* translators: %d: how many pieces of work */
                return [
                    [true, sprintf(__('Handed out again: %d.', 'coinpay-woocommerce'), $count)],
                ];
            default:
                // phpcs:ignore WordPress.Security -- checked by the caller; fields by SettingsCheck
                $posted = wp_unslash($_POST[SettingsForm::FIELD] ?? []);
                $errors = SettingsCheck::save(is_array($posted) ? $posted : []);
                $stored = [[true, __('The settings were stored.', 'coinpay-woocommerce')]];
                return [...array_map(static fn ($error) => [false, $error], $errors), ...$stored];
        }
    }

    private static function printNotices(): void
    {
        $key = self::NOTICES . get_current_user_id();
        $told = get_transient($key);
        delete_transient($key);
        foreach (is_array($told) ? $told : [] as [$good, $text]) {
            $class = $good ? 'notice-success' : 'notice-error';
            printf(
                '<div class="notice %s inline"><p>%s</p></div>',
                esc_attr($class),
                esc_html($text),
            );
        }
    }
}
