<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * The payment method as WooCommerce knows it, for classic checkout and for the page on which an order
 * is paid later. Blocks call the same through {@see BlocksMethod}.
 */
final class Gateway extends \WC_Payment_Gateway
{
    public function __construct()
    {
        $this->id = Method::ID;
        $this->method_title = __('CoinPay', 'coinpay-woocommerce');
        $this->method_description = __(
            'Crypto payments through CoinPay, on a page of your own site.',
            'coinpay-woocommerce',
        );
        $this->has_fields = true;
        $this->supports = ['products'];
        $this->init_form_fields();
        $this->init_settings();
        $this->title = Method::titleText();
        $this->description = Settings::text('description');
        add_action(
            'woocommerce_update_options_payment_gateways_' . Method::ID,
            [$this, 'process_admin_options'],
        );
    }

    /**
     * What other parts of WooCommerce may ask for; the page itself is {@see SettingsForm}.
     */
    public function init_form_fields(): void
    {
        $this->form_fields = [
            'enabled' => [
                'type' => 'checkbox',
                'title' => __('Enable', 'coinpay-woocommerce'),
                'default' => 'no',
            ],
            'title' => [
                'type' => 'text',
                'title' => __('Title', 'coinpay-woocommerce'),
                'default' => '',
            ],
            'description' => [
                'type' => 'text',
                'title' => __('Description', 'coinpay-woocommerce'),
                'default' => '',
            ],
        ];
    }

    public function is_available(): bool
    {
        return parent::is_available() && Method::isReady();
    }

    public function needs_setup(): bool
    {
        return Settings::problems() !== [];
    }

    public function payment_fields(): void
    {
        if ($this->description !== '') {
            echo wp_kses_post(wpautop(wptexturize($this->description)));
        }
        $coins = Coins::offered();
        printf(
            '<p class="form-row form-row-wide"><label for="%1$s">%2$s</label>',
            esc_attr(Method::FIELD),
            esc_html__('Coin', 'coinpay-woocommerce'),
        );
        printf('<select id="%1$s" name="%1$s" class="select">', esc_attr(Method::FIELD));
        foreach ($coins as $coin => $label) {
            printf('<option value="%s">%s</option>', esc_attr($coin), esc_html($label));
        }
        echo '</select></p>';
        printf(
            '<p>%s</p>',
            esc_html__(
                'On the next page you see the exact amount, an address and a QR code.',
                'coinpay-woocommerce',
            ),
        );
    }

    public function validate_fields(): bool
    {
        if (self::pickedCoin() !== null) {
            return true;
        }
        wc_add_notice(__('Please choose a coin to pay with.', 'coinpay-woocommerce'), 'error');
        return false;
    }

    /**
     * WooCommerce has checked the form's nonce before it calls a gateway.
     */
    private static function pickedCoin(): ?string
    {
        // phpcs:ignore WordPress.Security.NonceVerification.Missing
        $picked = sanitize_text_field(wp_unslash((string) ($_POST[Method::FIELD] ?? '')));
        return isset(Coins::offered()[$picked]) ? $picked : null;
    }

    /**
     * @param int $order_id
     * @return array{result: string, redirect?: string, message?: string}
     */
    public function process_payment($order_id): array
    {
        $order = wc_get_order($order_id);
        $coin = self::pickedCoin();
        if (!$order instanceof \WC_Order || $coin === null) {
            return self::failure(__('Please choose a coin to pay with.', 'coinpay-woocommerce'));
        }
        try {
            $opened = Checkout::open($order, $coin);
        } catch (CoinPayException $refused) {
            Log::error(
                "order {$order->get_id()}: {$refused->error->value}: {$refused->getMessage()}",
            );
            return self::failure(Words::forShopper($refused));
        }
        if (!$opened) {
            $words = __(
                'A payment for this order is already on its way. Please wait for it, or contact the shop.',
                'coinpay-woocommerce',
            );
            return self::failure($words);
        }
        return ['result' => 'success', 'redirect' => PayPage::url($order)];
    }

    private static function failure(string $message): array
    {
        wc_add_notice($message, 'error');
        return ['result' => 'failure', 'message' => $message];
    }

    public function admin_options(): void
    {
        printf('<h2>%s</h2>', esc_html($this->get_method_title()));
        printf(
            '<p>%s <a href="%s">%s</a></p>',
            esc_html($this->get_method_description()),
            esc_url(AdminPage::url()),
            esc_html__('Health and tests', 'coinpay-woocommerce'),
        );
        HealthPanel::printObstacles();
        SettingsForm::print();
    }

    /**
     * WooCommerce checks the capability and the nonce of its settings form before.
     */
    public function process_admin_options(): bool
    {
        // phpcs:ignore WordPress.Security -- checked above; each field is sanitised by SettingsCheck
        $posted = wp_unslash($_POST[SettingsForm::FIELD] ?? []);
        foreach (SettingsCheck::save(is_array($posted) ? $posted : []) as $error) {
            \WC_Admin_Settings::add_error($error);
        }
        $this->init_settings();
        return true;
    }
}
