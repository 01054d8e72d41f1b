<?php

/**
 * What the tests do with a WordPress from its inside: `php site.php <root> <command> [json]` prints a
 * JSON document. Commands are the functions of this file and of `tables.php`.
 */

declare(strict_types=1);

namespace CoinPay\Tests\Site;

[, $root, $command] = $argv;
$input = json_decode($argv[3] ?? '{}', true, 512, JSON_THROW_ON_ERROR);
$_SERVER += ['HTTP_HOST' => '127.0.0.1', 'SERVER_NAME' => '127.0.0.1', 'REQUEST_METHOD' => 'GET'];
if ($command === 'install') {
    define('WP_INSTALLING', true);
}
require __DIR__ . '/tables.php';
ob_start();
require "$root/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';
$output = (__NAMESPACE__ . "\\$command")($input);
ob_end_clean();
echo json_encode($output, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);

function install(array $input): array
{
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('The Test Shop', 'admin', 'admin@shop.example', true, '', 'secret');
    update_option('permalink_structure', '/%postname%/');
    return ['version' => $GLOBALS['wp_version']];
}

/** Unpacks the plugin as WordPress does when a person uploads its archive. */
function unpack_plugin(array $input): array
{
    WP_Filesystem();
    $done = unzip_file($input['archive'], WP_PLUGIN_DIR);
    $command = WP_PLUGIN_DIR . '/coinpay-woocommerce/vendor/coinpay-embed/bin/coinpay';
    return ['done' => $done === true, 'executable' => is_executable($command)];
}

/** Makes a network of this site. */
function make_network(array $input): array
{
    global $wpdb;
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    require_once ABSPATH . 'wp-admin/includes/network.php';
    foreach ($wpdb->tables('ms_global') as $table => $name) {
        $wpdb->$table = $name;
    }
    install_network();
    $made = populate_network(1, $input['domain'], 'admin@shop.example', 'Shops', '/', false);
    return ['made' => $made === true];
}

/** WordPress leaves the port out of a site's domain, and the tests have no other. */
function add_site(array $input): int
{
    global $wpdb;
    $site = wpmu_create_blog($input['domain'], $input['path'], 'Another shop', 1);
    $wpdb->update($wpdb->blogs, ['domain' => $input['domain']], ['blog_id' => $site]);
    foreach (['siteurl', 'home'] as $option) {
        update_blog_option($site, $option, "http://{$input['domain']}" . rtrim($input['path'], '/'));
    }
    return $site;
}

function activate(array $input): array
{
    $errors = [];
    foreach ($input['plugins'] as $plugin) {
        $error = activate_plugin($plugin, '', $input['network'] ?? false);
        if (is_wp_error($error)) {
            $errors[$plugin] = $error->get_error_message();
        }
    }
    flush_rewrite_rules();
    return ['errors' => $errors, 'active' => get_option('active_plugins')];
}

function deactivate(array $input): array
{
    deactivate_plugins($input['plugins'], false, $input['network'] ?? null);
    return ['active' => get_option('active_plugins')];
}

function uninstall(array $input): array
{
    $deleted = uninstall_plugin('coinpay-woocommerce/coinpay-woocommerce.php');
    return ['deleted' => $deleted !== false] + tables([]);
}

function tables(array $input): array
{
    global $wpdb;
    $like = $wpdb->esc_like($wpdb->prefix . 'coinpay_') . '%';
    $options = $wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%coinpay%'");
    $shared = is_multisite() ? "SELECT meta_key FROM $wpdb->sitemeta WHERE meta_key LIKE '%coinpay%'" : '';
    $options = [...$options, ...($shared === '' ? [] : $wpdb->get_col($shared))];
    return ['tables' => $wpdb->get_col($wpdb->prepare('SHOW TABLES LIKE %s', $like)), 'options' => $options];
}

function make_user(array $input): int
{
    $user = ['user_login' => $input['login'], 'user_pass' => 'secret', 'role' => $input['role']];
    return (int) wp_insert_user($user + ['user_email' => "{$input['login']}@shop.example"]);
}

/** The token of a form, as a page in the session of this cookie would have it. */
function nonce(array $input): string
{
    wp_set_current_user(get_user_by('login', $input['login'])->ID);
    $_COOKIE[LOGGED_IN_COOKIE] = $input['cookie'];
    return wp_create_nonce($input['action']);
}

function option(array $input): mixed
{
    if (array_key_exists('value', $input)) {
        update_option($input['name'], $input['value']);
    }
    return get_option($input['name']);
}

function settings(array $input): array
{
    return ['errors' => \CoinPay\WooCommerce\SettingsCheck::save($input)];
}

function socket(array $input): string
{
    global $wpdb;
    return (string) $wpdb->get_var('SELECT @@socket');
}

/** Pages, goods, ways to pay and a theme: a shop in which one can buy. */
function furnish(array $input): array
{
    switch_theme('twentytwentyfour');
    \WC_Install::create_pages();
    $options = [
        'woocommerce_coming_soon' => 'no',
        'woocommerce_currency' => 'USD',
        'woocommerce_default_country' => 'US:CA',
        'woocommerce_calc_taxes' => 'no',
        'woocommerce_enable_guest_checkout' => 'yes',
        'woocommerce_manage_stock' => 'yes',
        'woocommerce_task_list_hidden' => 'yes',
        'woocommerce_custom_orders_table_enabled' => $input['hpos'] ? 'yes' : 'no',
        'woocommerce_cheque_settings' => ['enabled' => 'yes', 'title' => 'Check payments'],
    ];
    foreach ($options as $name => $value) {
        update_option($name, $value);
    }
    $classic = wp_insert_post([
        'post_type' => 'page',
        'post_status' => 'publish',
        'post_title' => 'Classic checkout',
        'post_name' => 'classic-checkout',
        'post_content' => '[woocommerce_checkout]',
    ]);
    $pages = ['block' => (int) get_option('woocommerce_checkout_page_id'), 'classic' => $classic];
    $book = new \WC_Product_Simple();
    $book->set_props(['name' => 'Printed book', 'regular_price' => '19.90', 'manage_stock' => true, 'stock_quantity' => 500]);
    $book->set_virtual(true);
    $rare = new \WC_Product_Simple();
    $rare->set_props(['name' => 'Rare print', 'regular_price' => '50.00', 'manage_stock' => true, 'stock_quantity' => 1]);
    $rare->set_virtual(true);
    $file = new \WC_Product_Simple();
    $file->set_props(['name' => 'E-book', 'regular_price' => '12.00', 'virtual' => true, 'downloadable' => true]);
    return ['pages' => $pages, 'book' => $book->save(), 'rare' => $rare->save(), 'file' => $file->save(), 'version' => WC_VERSION];
}

/** An order of the library's own, where there is no WooCommerce to have orders. */
function ask_for_money(array $input): array
{
    $checkout = ['cart_id' => $input['cart'], 'currency' => 'USD', 'total' => '19.90', 'blockchain' => 'USDC_POL', 'ship' => 'manual'];
    return \CoinPay\WooCommerce\Shop::engine()->createCheckout($checkout)['order'];
}

/** An order made by hand, as from a phone call, for `process_payment` to be asked about. */
function make_order(array $input): array
{
    update_option('woocommerce_currency', $input['currency'] ?? 'USD');
    $order = wc_create_order();
    $order->add_product(wc_get_product($input['product']), 1);
    $order->set_created_via('checkout');
    $order->set_address(['first_name' => 'A', 'last_name' => 'B', 'email' => $input['email'], 'country' => 'US', 'state' => 'CA', 'city' => 'X', 'postcode' => '94000', 'address_1' => 'Y'], 'billing');
    $order->set_payment_method('coinpay');
    $order->calculate_totals();
    if (isset($input['total'])) {
        $order->set_total($input['total']);
    }
    $order->save();
    $_POST['coinpay_blockchain'] = $input['coin'] ?? 'USDC_POL';
    wc_load_cart();
    $gateways = WC()->payment_gateways()->payment_gateways();
    $result = $gateways['coinpay']->process_payment($order->get_id());
    return ['id' => $order->get_id(), 'result' => $result, 'email' => $input['email']];
}

function order(array $input): array
{
    $order = wc_get_order($input['id'] ?? array_key_first(array_flip(wc_get_orders(['billing_email' => $input['email'], 'limit' => 1, 'return' => 'ids']))));
    $notes = array_column(wc_get_order_notes(['order_id' => $order->get_id()]), 'content');
    $products = [];
    foreach ($order->get_items() as $item) {
        $products[] = $item->get_product()->get_stock_quantity();
    }
    $status = null;
    if (\CoinPay\WooCommerce\Orders::coinpayId($order) !== '') {
        $status = \CoinPay\WooCommerce\Shop::engine()->orderStatus(\CoinPay\WooCommerce\Orders::access($order));
    }
    return [
        'id' => $order->get_id(),
        'status' => $order->get_status(),
        'method' => $order->get_payment_method(),
        'total' => $order->get_total(),
        'currency' => $order->get_currency(),
        'paid' => $order->get_date_paid() !== null,
        'transaction' => $order->get_transaction_id(),
        'stock' => $products,
        'notes' => $notes,
        'page' => \CoinPay\WooCommerce\PayPage::url($order),
        'received' => $order->get_checkout_order_received_url(),
        'edit' => html_entity_decode($order->get_edit_order_url()),
        'coinpay' => $status,
        'refunded' => $order->get_total_refunded(),
    ];
}

function orders_of(array $input): array
{
    return wc_get_orders(['billing_email' => $input['email'], 'limit' => -1, 'return' => 'ids', 'status' => 'any']);
}

/** The timer, as Action Scheduler runs it. */
function timer(array $input): array
{
    $scheduled = function_exists('as_next_scheduled_action')
        ? as_next_scheduled_action('coinpay_work', [], 'coinpay')
        : wp_next_scheduled('coinpay_work');
    \CoinPay\WooCommerce\Worker::run();
    return ['scheduled' => $scheduled !== false];
}

function next_run(array $input): mixed
{
    if (isset($input['set'])) {
        \CoinPay\WooCommerce\Worker::schedule();
    }
    return wp_next_scheduled($input['name']);
}

/** The queue of Action Scheduler, with our timer due. */
function queue(array $input): array
{
    global $wpdb;
    $table = $wpdb->prefix . 'actionscheduler_actions';
    $due = $wpdb->query("UPDATE $table SET scheduled_date_gmt = '2020-01-01 00:00:00' WHERE hook = 'coinpay_work' AND status = 'pending'");
    return ['due' => $due, 'ran' => \ActionScheduler_QueueRunner::instance()->run('Tests')];
}

/** WooCommerce's own timer for unpaid orders, with this order older than it allows. */
function hold_is_over(array $input): array
{
    $order = wc_get_order($input['id']);
    $order->set_date_created(time() - 7200);
    $order->set_date_modified(time() - 7200);
    $order->save();
    global $wpdb;
    $old = gmdate('Y-m-d H:i:s', time() - 7200);
    $wpdb->query($wpdb->prepare("UPDATE {$wpdb->prefix}wc_orders SET date_updated_gmt = %s WHERE id = %d", $old, $order->get_id()));
    $wpdb->query($wpdb->prepare("UPDATE $wpdb->posts SET post_modified = %s, post_modified_gmt = %s WHERE ID = %d", $old, $old, $order->get_id()));
    wp_cache_flush();
    $unpaid = \WC_Data_Store::load('order')->get_unpaid_orders(time() - 3600);
    wc_cancel_unpaid_orders();
    return ['asked' => in_array($order->get_id(), array_map('intval', $unpaid), true)];
}

function set_status(array $input): string
{
    wp_set_current_user(1);
    $order = wc_get_order($input['id']);
    if (isset($input['method'])) {
        $order->set_payment_method($input['method']);
        $order->save();
    }
    isset($input['complete']) ? $order->payment_complete('elsewhere') : $order->update_status($input['status']);
    return wc_get_order($input['id'])->get_status();
}

function refund(array $input): array
{
    wp_set_current_user(1);
    $refund = wc_create_refund(['order_id' => $input['id'], 'amount' => $input['amount'], 'reason' => 'a test']);
    return ['refund' => is_wp_error($refund) ? $refund->get_error_message() : $refund->get_id()];
}

function order_action(array $input): array
{
    wp_set_current_user(1);
    $order = wc_get_order($input['id']);
    $offered = apply_filters('woocommerce_order_actions', [], $order);
    if (isset($input['action'])) {
        do_action('woocommerce_order_action_' . $input['action'], $order);
    }
    return ['offered' => array_keys($offered)];
}

function explain(array $input): array
{
    $order = wc_get_order($input['id']);
    return \CoinPay\WooCommerce\Shop::engine()->explainOrder(\CoinPay\WooCommerce\Orders::coinpayId($order));
}

function health(array $input): array
{
    return \CoinPay\WooCommerce\Shop::engine()->health();
}

function stock(array $input): mixed
{
    $product = wc_get_product($input['product']);
    if (isset($input['quantity'])) {
        wc_update_product_stock($product, $input['quantity']);
    }
    return wc_get_product($input['product'])->get_stock_quantity();
}

function privacy(array $input): array
{
    $tool = apply_filters("wp_privacy_personal_data_{$input['tool']}s", [])['coinpay'];
    return ($tool['callback'])($input['email'], 1);
}

function mails(array $input): array
{
    $lines = file(WP_CONTENT_DIR . '/mails.jsonl', FILE_IGNORE_NEW_LINES) ?: [];
    $mails = array_map(static fn ($line) => json_decode($line, true), $lines);
    return array_values(array_filter($mails, static fn ($mail) => in_array($input['to'], (array) $mail['to'], true)));
}

/** In which statuses the customer may cancel, and pay in another way. */
function may(array $input): array
{
    $order = wc_get_order($input['id']);
    $some = ['pending', 'on-hold'];
    return [
        'cancel' => apply_filters('woocommerce_valid_order_statuses_for_cancel', $some, $order),
        'pay' => apply_filters('woocommerce_valid_order_statuses_for_payment', $some, $order),
    ];
}

function features(array $input): array
{
    $known = \Automattic\WooCommerce\Utilities\FeaturesUtil::get_compatible_features_for_plugin($input['plugin']);
    return array_values(array_intersect(['custom_order_tables', 'cart_checkout_blocks'], $known['compatible']));
}

function change_order(array $input): array
{
    $order = wc_get_order($input['id']);
    if (isset($input['total'])) {
        $order->set_total($input['total']);
        $order->save();
    } else {
        $order->delete(isset($input['delete']));
    }
    return [];
}

/** WooCommerce itself changes this only when it has copied all orders. */
function keep_orders_in(array $input): array
{
    global $wpdb;
    $name = ['option_name' => 'woocommerce_custom_orders_table_enabled'];
    $wpdb->update($wpdb->options, ['option_value' => $input['table']], $name);
    wp_cache_flush();
    return [];
}
