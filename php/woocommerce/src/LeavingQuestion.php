<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Asks on WordPress's list of plugins, before the plugin is switched off, what is to become of its
 * records when it is deleted: that is the last moment at which a plugin can ask. Without JavaScript
 * nothing is asked, and the setting counts.
 */
final class LeavingQuestion
{
    private const ACTION = 'coinpay_leaving';
    private const CHOICES = [Leaving::KEEP, Leaving::DELETE];

    public static function hook(): void
    {
        add_action('load-plugins.php', [self::class, 'offer']);
        add_action('wp_ajax_' . self::ACTION, [self::class, 'respond']);
    }

    public static function offer(): void
    {
        if (!self::may(is_network_admin())) {
            return;
        }
        wp_enqueue_script('coinpay-leaving', plugins_url('assets/leaving.js', FILE), [], VERSION, true);
        add_action('admin_footer', static fn () => self::print(is_network_admin()));
    }

    /**
     * Says how many orders are open; or takes the answer, if it was given in the knowledge of them.
     */
    public static function respond(): void
    {
        $network = self::posted('network') === '1';
        check_ajax_referer(self::nonce($network));
        if (!self::may($network)) {
            wp_send_json_error(null, 403);
        }
        $sites = self::count($network);
        $sum = $sites === null ? null : self::sum($sites);
        $choice = self::posted('choice');
        if ($choice === '') {
            wp_send_json_success(self::told($sum));
        }
        if (!in_array($choice, self::choices($network), true)) {
            wp_send_json_error(null, 400);
        }
        $knew = $sum !== null && (int) self::posted('told') >= $sum->withMoney;
        if ($choice !== Leaving::KEEP && !$knew) {
            wp_send_json_error(self::told($sum), 409);
        }
        $money = array_map(static fn (OpenOrders $open): int => $open->withMoney, $sites ?? []);
        Leaving::answer($choice, $money, $network);
        wp_send_json_success(self::told($sum));
    }

    private static function may(bool $network): bool
    {
        return $network
            ? is_multisite() && current_user_can('manage_network_plugins')
            : current_user_can('deactivate_plugin', plugin_basename(FILE));
    }

    private static function nonce(bool $network): string
    {
        return self::ACTION . ($network ? '_network' : '');
    }

    /**
     * @return list<string>
     */
    private static function choices(bool $network): array
    {
        return $network ? [...self::CHOICES, Leaving::EACH] : self::CHOICES;
    }

    private static function posted(string $name): string
    {
        // phpcs:ignore WordPress.Security -- the nonce is checked before anything is done with it
        $value = wp_unslash($_POST[$name] ?? '');
        return is_string($value) ? $value : '';
    }

    /**
     * @return ?array<int, OpenOrders> of each site; null where one cannot be told
     */
    private static function count(bool $network): ?array
    {
        $sites = [];
        Lifecycle::inSites($network, static function () use (&$sites): void {
            $sites[get_current_blog_id()] = OpenOrders::count();
        });
        return in_array(null, $sites, true) ? null : $sites;
    }

    /**
     * @param array<int, OpenOrders> $sites
     */
    private static function sum(array $sites): OpenOrders
    {
        $first = array_shift($sites);
        return array_reduce($sites, static fn (OpenOrders $all, OpenOrders $one) => $all->and($one), $first);
    }

    /**
     * @return array{told: ?int, words: list<string>}
     */
    private static function told(?OpenOrders $open): array
    {
        if ($open === null) {
            $words = __(
                'The open orders cannot be counted at the moment, so that the records cannot be deleted.',
                'coinpay-woocommerce',
            );
            return ['told' => null, 'words' => [$words]];
        }
        /* translators: %d: how many orders */
        $money = __(
            'Orders with money that are not finished: %d. The money is there or under way, and the goods, a review or a refund are left to be done.',
            'coinpay-woocommerce',
        );
        /* translators: %d: how many orders */
        $waiting = __(
            'Orders that wait for a payment: %d. While the plugin is off, nobody notices that it comes.',
            'coinpay-woocommerce',
        );
        $words = [sprintf($money, $open->withMoney), sprintf($waiting, $open->waiting)];
        return ['told' => $open->withMoney, 'words' => $words];
    }

    private static function print(bool $network): void
    {
        printf(
            '<dialog id="coinpay-leaving" style="max-width: 40em" aria-labelledby="coinpay-leaving-title"'
                . ' aria-describedby="coinpay-leaving-about coinpay-leaving-open"'
                . ' data-url="%s" data-action="%s" data-nonce="%s" data-network="%s" data-plugin="%s"'
                . ' data-failed="%s"><form method="dialog">',
            esc_url(admin_url('admin-ajax.php')),
            esc_attr(self::ACTION),
            esc_attr(wp_create_nonce(self::nonce($network))),
            $network ? '1' : '',
            esc_attr(plugin_basename(FILE)),
            esc_attr__(
                'The answer could not be stored, so that nothing was switched off. Try again.',
                'coinpay-woocommerce',
            ),
        );
        printf(
            '<h2 id="coinpay-leaving-title">%s</h2><p id="coinpay-leaving-about">%s</p>',
            esc_html__('Keep or delete the payment records?', 'coinpay-woocommerce'),
            esc_html__(
                'Switching CoinPay off deletes nothing. Once it is off it cannot ask any more: say now what is to happen to the payment records and settings if it is deleted later.',
                'coinpay-woocommerce',
            ),
        );
        printf(
            '<div id="coinpay-leaving-open" role="status">%s</div>',
            esc_html__('Counting the open orders…', 'coinpay-woocommerce'),
        );
        self::printChoices($network);
        printf(
            '<p><button class="button button-primary" value="go" disabled>%s</button>'
                . ' <button class="button" type="button" value="cancel">%s</button></p></form></dialog>',
            esc_html__('Answer and switch off', 'coinpay-woocommerce'),
            esc_html__('Cancel', 'coinpay-woocommerce'),
        );
    }

    private static function printChoices(bool $network): void
    {
        $labels = [
            Leaving::KEEP => __('Keep them', 'coinpay-woocommerce'),
            Leaving::DELETE => __('Delete them, for good', 'coinpay-woocommerce'),
            Leaving::EACH => __('As the settings of each site say', 'coinpay-woocommerce'),
        ];
        printf(
            '<fieldset><legend class="screen-reader-text">%s</legend>',
            esc_html__('If CoinPay is deleted', 'coinpay-woocommerce'),
        );
        foreach (self::choices($network) as $choice) {
            printf(
                '<p><label><input type="radio" name="coinpay_leaving" value="%s"%s> %s</label></p>',
                esc_attr($choice),
                checked($choice, Leaving::KEEP, false),
                esc_html($labels[$choice]),
            );
        }
        echo '</fieldset>';
    }
}
