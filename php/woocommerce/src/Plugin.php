<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use Automattic\WooCommerce\Utilities\FeaturesUtil;

/**
 * Which part answers which hook of WordPress and WooCommerce. Decides nothing else.
 */
final class Plugin
{
    public static function start(): void
    {
        register_activation_hook(FILE, [Lifecycle::class, 'activate']);
        register_deactivation_hook(FILE, [Lifecycle::class, 'deactivate']);
        add_action('before_woocommerce_init', [self::class, 'declareFeatures']);
        add_action('init', [self::class, 'loadTranslations'], 1);
        add_action('init', [ReviewStatus::class, 'register'], 9);
        // After WooCommerce has started, and before WordPress asks what page this is.
        add_action('init', [WebhookEndpoint::class, 'answerIfAsked'], 99);
        AdminPage::hook();
        OperatorView::hook();
        LeavingQuestion::hook();
        Worker::hook();
        Privacy::hook();
        add_action('plugins_loaded', [self::class, 'joinWooCommerce']);
    }

    /**
     * What is there only with WooCommerce.
     */
    public static function joinWooCommerce(): void
    {
        if (!self::hasWooCommerce()) {
            return;
        }
        add_filter(
            'woocommerce_payment_gateways',
            static fn ($gateways) => [...(array) $gateways, Gateway::class],
        );
        add_action('woocommerce_blocks_payment_method_type_registration', static function ($registry): void {
            $registry->register(new BlocksMethod());
        });
        ReviewStatus::hook();
        PayPage::hook();
        Guards::hook();
        Merchant::hook();
        OrderBox::hook();
    }

    public static function hasWooCommerce(): bool
    {
        return class_exists('WC_Payment_Gateway');
    }

    public static function declareFeatures(): void
    {
        foreach (['custom_order_tables', 'cart_checkout_blocks'] as $feature) {
            FeaturesUtil::declare_compatibility($feature, FILE, true);
        }
    }

    public static function loadTranslations(): void
    {
        $folder = dirname(plugin_basename(FILE)) . '/languages';
        load_plugin_textdomain('coinpay-woocommerce', false, $folder);
    }
}
