<?php

/**
 * WordPress runs this when the plugin is deleted. The orders' payments are kept unless somebody said
 * otherwise, when the plugin was switched off or in its settings: they are the shop's books.
 */

declare(strict_types=1);

if (!defined('WP_UNINSTALL_PLUGIN')) {
    exit;
}

require_once __DIR__ . '/coinpay-woocommerce.php';

CoinPay\WooCommerce\Lifecycle::uninstall();
