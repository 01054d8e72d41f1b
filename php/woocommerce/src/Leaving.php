<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * What a person answered when the plugin was switched off: whether the records of payments go with it
 * when it is deleted. WordPress runs nothing of a plugin that is switched off, so that the answer waits
 * for `uninstall.php`. Switching on again forgets it.
 *
 * Who was never asked, or has no JavaScript, is taken by the setting. Neither deletes records while
 * there is more open money than somebody was told of.
 */
final class Leaving
{
    public const OPTION = 'coinpay_leaving';

    public const KEEP = 'keep';
    public const DELETE = 'delete';
    /** Of a network: as the settings of each site say. */
    public const EACH = 'each';

    /**
     * @param array<int, int> $told how many orders with money each site had, by its number
     */
    public static function answer(string $choice, array $told, bool $network): void
    {
        $answer = ['choice' => $choice, 'told' => $told, 'at' => microtime(true)];
        if ($network) {
            update_site_option(self::OPTION, $answer);
        } else {
            update_option(self::OPTION, $answer, false);
        }
    }

    /**
     * Here and now the plugin is wanted again. That of a network which wanted everything deleted did
     * not know so; one which keeps does no harm.
     */
    public static function forget(): void
    {
        delete_option(self::OPTION);
        if (is_multisite() && (self::ofNetwork()['choice'] ?? '') === self::DELETE) {
            self::forgetNetwork();
        }
    }

    public static function forgetNetwork(): void
    {
        delete_site_option(self::OPTION);
    }

    /**
     * Whether this site's records stay although the plugin goes. Says so by mail where somebody wanted
     * otherwise.
     */
    public static function keeps(): bool
    {
        $answer = self::newest();
        $choice = $answer['choice'] ?? self::EACH;
        $choice = $choice === self::EACH ? self::setting() : $choice;
        if ($choice !== self::DELETE) {
            return true;
        }
        $told = (int) ($answer['told'][get_current_blog_id()] ?? 0);
        $open = OpenOrders::count();
        if ($open !== null && $open->withMoney <= $told) {
            return false;
        }
        self::mail($open);
        return true;
    }

    private static function setting(): string
    {
        return Settings::text('keep_data') === 'no' ? self::DELETE : self::KEEP;
    }

    /**
     * The answer that counts for this site: the last one, be it given here or for the whole network.
     *
     * @return ?array{choice: string, told: array<int, int>, at: float}
     */
    private static function newest(): ?array
    {
        $own = self::read(get_option(self::OPTION));
        $network = self::ofNetwork();
        return ($own['at'] ?? 0) > ($network['at'] ?? 0) ? $own : $network;
    }

    private static function ofNetwork(): ?array
    {
        return is_multisite() ? self::read(get_site_option(self::OPTION)) : null;
    }

    private static function read(mixed $stored): ?array
    {
        $sound = is_array($stored) && isset($stored['choice'], $stored['told'], $stored['at']);
        return $sound ? $stored : null;
    }

    private static function mail(?OpenOrders $open): void
    {
        $site = wp_specialchars_decode((string) get_option('blogname'), ENT_QUOTES);
        /* translators: %s: the site's name */
        $subject = __('[%s] CoinPay was deleted, its records were kept', 'coinpay-woocommerce');
        /* translators: %s: how many orders */
        $words = __(
            'More orders have money than anybody was told of when the records were to be deleted: %s. So they were kept. To delete them, install CoinPay again, and answer the question when you switch it off.',
            'coinpay-woocommerce',
        );
        $to = Settings::text('alert_email') ?: (string) get_option('admin_email');
        $count = $open === null ? '?' : (string) $open->withMoney;
        wp_mail($to, sprintf($subject, $site), sprintf($words, $count) . "\n");
    }
}
