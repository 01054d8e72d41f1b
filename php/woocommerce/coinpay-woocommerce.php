<?php

/**
 * Plugin Name: CoinPay for WooCommerce
 * Description: Takes crypto payments through CoinPay: never ships unpaid, never loses a paid order, even when a webhook does not arrive.
 * Version: 0.1.0
 * Requires at least: 6.4
 * Requires PHP: 8.1
 * WC requires at least: 8.2
 * WC tested up to: 9.9
 * Author: The coinpay-embed authors
 * License: MIT
 * Text Domain: coinpay-woocommerce
 * Domain Path: /languages
 *
 * There is no header `Requires Plugins`: while WooCommerce is being updated or is switched off, the
 * gateway's webhooks are still taken and stored.
 */

declare(strict_types=1);

namespace CoinPay\WooCommerce;

if (!defined('ABSPATH')) {
    exit;
}

const VERSION = '0.1.0';
const FILE = __FILE__;

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, __NAMESPACE__ . '\\')) {
        $path = __DIR__ . '/src/' . strtr(substr($class, strlen(__NAMESPACE__) + 1), '\\', '/') . '.php';
        if (is_file($path)) {
            require $path;
        }
    }
});

// As it is packed the library lies inside of the plugin, in the sources around it.
require_once is_file(__DIR__ . '/vendor/coinpay-embed/autoload.php')
    ? __DIR__ . '/vendor/coinpay-embed/autoload.php'
    : dirname(__DIR__) . '/autoload.php';

Plugin::start();
