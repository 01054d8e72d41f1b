<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Dash;
use CoinPay\Exception\CoinPayException;

/**
 * The library's own pages for whoever runs the shop: orders with their stories, side work, figures.
 * They are whole documents with a policy of their own, so that nothing of WordPress stands round them.
 */
final class OperatorView
{
    private const SLUG = 'coinpay-orders';
    private const PATH = 'coinpay_path';

    public static function hook(): void
    {
        add_action('admin_menu', [self::class, 'add'], 61);
    }

    public static function url(): string
    {
        return add_query_arg('page', self::SLUG, admin_url(AdminPage::parentFile()));
    }

    /**
     * WordPress asks for the login and the right before it comes to our page.
     */
    public static function add(): void
    {
        $title = __('CoinPay orders', 'coinpay-woocommerce');
        $page = add_submenu_page(
            AdminPage::parentMenu(),
            $title,
            $title,
            AdminPage::capability(),
            self::SLUG,
            '__return_null',
        );
        if (is_string($page)) {
            // Nothing has been sent by then.
            add_action("load-$page", [self::class, 'serve']);
        }
    }

    public static function serve(): void
    {
        if (!current_user_can(AdminPage::capability())) {
            wp_die(
                esc_html__('You may not do this.', 'coinpay-woocommerce'),
                '',
                ['response' => 403],
            );
        }
        try {
            self::dash()->serve(wp_get_current_user()->user_login);
        } catch (CoinPayException $refused) {
            Log::error("operator's view: {$refused->error->value}: {$refused->getMessage()}");
            wp_die(esc_html($refused->getMessage()), '', ['response' => $refused->httpStatus()]);
        }
        if (($_SERVER['REQUEST_METHOD'] ?? '') === 'POST') {
            // What was decided becomes true of WooCommerce's order too.
            Worker::soon();
        }
        exit;
    }

    /**
     * Forms are good for as long as the session, and for nobody else's.
     */
    private static function dash(): Dash
    {
        $secret = wp_salt('nonce') . wp_get_session_token();
        return new Dash(Shop::engine(), self::url() . '&' . self::PATH . '=', $secret);
    }
}
