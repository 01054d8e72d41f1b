<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType;

/**
 * The payment method in the checkout block. The script needs no building: it uses what WooCommerce has
 * loaded already.
 */
final class BlocksMethod extends AbstractPaymentMethodType
{
    protected $name = Method::ID;

    public function initialize(): void
    {
        $this->settings = Settings::all();
    }

    public function is_active(): bool
    {
        return Settings::text('enabled') === 'yes' && Method::isReady();
    }

    /**
     * @return list<string>
     */
    public function get_payment_method_script_handles(): array
    {
        $needs = ['wc-blocks-registry', 'wc-settings', 'wp-element', 'wp-html-entities'];
        wp_register_script(
            'coinpay-blocks',
            plugins_url('assets/blocks.js', FILE),
            $needs,
            VERSION,
            true,
        );
        return ['coinpay-blocks'];
    }

    /**
     * @return array<string, mixed>
     */
    public function get_payment_method_data(): array
    {
        $coins = [];
        foreach ($this->is_active() ? Coins::offered() : [] as $coin => $label) {
            $coins[] = ['code' => $coin, 'label' => $label];
        }
        return [
            'title' => Method::titleText(),
            'description' => Settings::text('description'),
            'field' => Method::FIELD,
            'coinLabel' => __('Coin', 'coinpay-woocommerce'),
            'next' => __(
                'On the next page you see the exact amount, an address and a QR code.',
                'coinpay-woocommerce',
            ),
            'choose' => __('Please choose a coin to pay with.', 'coinpay-woocommerce'),
            'coins' => $coins,
            'supports' => ['products'],
        ];
    }
}
