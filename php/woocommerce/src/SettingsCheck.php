<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * Reads what a person typed into the settings. A value that cannot be right is not stored; the one
 * before stays, and the page says why.
 */
final class SettingsCheck
{
    /** @var list<string> sentences for the person */
    private array $errors = [];

    /** @var array<string, mixed> */
    private array $checked;

    /**
     * @param array<string, mixed> $posted as it came, unslashed
     */
    private function __construct(private array $posted)
    {
        $this->checked = Settings::all();
    }

    /**
     * Stores what is right.
     *
     * @param array<string, mixed> $posted unslashed; fields are named as the settings
     * @return list<string> what was not, in sentences
     */
    public static function save(array $posted): array
    {
        $check = new self($posted);
        $check->run();
        update_option(Settings::OPTION, $check->checked, true);
        delete_option('coinpay_coins');
        Shop::reopen();
        return $check->errors;
    }

    private function run(): void
    {
        foreach (['enabled', 'keep_data'] as $key) {
            $this->checked[$key] = isset($this->posted[$key]) ? 'yes' : 'no';
        }
        foreach (['title', 'description'] as $key) {
            $this->checked[$key] = sanitize_text_field($this->typed($key));
        }
        $this->checked['log'] = $this->typed('log') === 'all' ? 'all' : 'problems';
        $this->mode();
        $this->businessId();
        $this->secrets();
        $this->baseUrl();
        $this->coins();
        $this->window();
        $this->statuses();
        $this->alertEmail();
    }

    private function typed(string $key): string
    {
        $value = $this->posted[$key] ?? '';
        return is_string($value) ? trim($value) : '';
    }

    private function mode(): void
    {
        $mode = $this->typed('mode') === 'test' ? 'test' : 'live';
        // A secret is not shown; an empty field means the one that is stored.
        $key = $this->typed('api_key');
        $key = $key === '' ? (string) $this->checked['api_key'] : $key;
        $wrong = $mode === 'live' ? 'cp_test_' : 'cp_live_';
        if (str_starts_with($key, $wrong)) {
            $this->errors[] = $mode === 'live'
                ? __(
                    'The API key is a test key, and the mode is live. Neither was stored.',
                    'coinpay-woocommerce',
                )
                : __(
                    'The API key is a live key, and the mode is test. Neither was stored.',
                    'coinpay-woocommerce',
                );
            return;
        }
        if (preg_match('/[^\x21-\x7e]/', $key) === 1) {
            $this->errors[] = __(
                'The API key has a character that no key has. Copy it again.',
                'coinpay-woocommerce',
            );
            return;
        }
        $this->checked['mode'] = $mode;
        $this->checked['api_key'] = $key;
    }

    private function businessId(): void
    {
        $id = strtolower($this->typed('business_id'));
        if ($id !== '' && !wp_is_uuid($id)) {
            $this->errors[] = __(
                'The business ID is not a UUID, such as 123e4567-e89b-42d3-a456-426614174000.',
                'coinpay-woocommerce',
            );
            return;
        }
        $this->checked['business_id'] = $id;
    }

    private function secrets(): void
    {
        $typed = preg_split('/[\s,]+/', $this->typed('webhook_secrets'), -1, PREG_SPLIT_NO_EMPTY);
        if ($typed === false || $typed === []) {
            return;
        }
        if (count($typed) > 8) {
            $this->errors[] = __('There can be 8 webhook secrets at most.', 'coinpay-woocommerce');
            return;
        }
        $this->checked['webhook_secrets'] = implode("\n", $typed);
    }

    private function baseUrl(): void
    {
        $url = rtrim($this->typed('base_url'), '/');
        $secure = str_starts_with($url, 'https://');
        $local = preg_match('~^http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)~', $url) === 1;
        if ($url !== '' && (!$secure && !$local || esc_url_raw($url) !== $url)) {
            $this->errors[] = __(
                'The gateway\'s address has to begin with https://, unless it is on this machine.',
                'coinpay-woocommerce',
            );
            return;
        }
        $this->checked['base_url'] = $url;
    }

    private function coins(): void
    {
        $picked = $this->posted['coins'] ?? [];
        $sound = static fn ($coin) => is_string($coin) && preg_match('/^[A-Z_]{2,12}$/D', $coin) === 1;
        $this->checked['coins'] = array_values(
            array_filter(is_array($picked) ? $picked : [], $sound),
        );
    }

    private function window(): void
    {
        $minutes = $this->typed('window_minutes');
        if (preg_match('/^\d{1,5}$/D', $minutes) !== 1 || (int) $minutes < 16 || (int) $minutes > 10080) {
            $this->errors[] = __('The time to pay is 16 to 10080 minutes.', 'coinpay-woocommerce');
            return;
        }
        $this->checked['window_minutes'] = (string) (int) $minutes;
    }

    private function statuses(): void
    {
        foreach (['status_seen', 'status_review', 'status_expired'] as $key) {
            $status = sanitize_key($this->typed($key));
            if ($status === '') {
                continue;
            }
            if (in_array($status, Settings::paidStatuses(), true)) {
                $this->errors[] = __(
                    'An order whose payment is not confirmed cannot be called paid: choose a status that does not ship.',
                    'coinpay-woocommerce',
                );
                continue;
            }
            $this->checked[$key] = $status;
        }
    }

    private function alertEmail(): void
    {
        $address = $this->typed('alert_email');
        if ($address !== '' && !is_email($address)) {
            $this->errors[] = __(
                'The address for alerts is not an e-mail address.',
                'coinpay-woocommerce',
            );
            return;
        }
        $this->checked['alert_email'] = $address;
    }
}
