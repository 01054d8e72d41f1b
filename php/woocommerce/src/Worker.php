<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * The timer: asks the gateway about payments, ends orders, carries out side work. By Action Scheduler
 * where WooCommerce brings it, else by WP-Cron; and beside them after webhooks, and while a shopper
 * waits, so that a shop without either still hears of its money.
 */
final class Worker
{
    public const ACTION = 'coinpay_work';
    public const TICKED = 'coinpay_ticked';

    private const GROUP = 'coinpay';
    private const EVERY_S = 60;
    private const INTERVAL = 'coinpay_minute';

    /** How long one run may take, in seconds. */
    private const RUN_S = 25;

    public static function hook(): void
    {
        add_action(self::ACTION, [self::class, 'run']);
        add_action('init', [self::class, 'scheduleNowAndThen'], 20);
        add_filter('cron_schedules', static function ($schedules) {
            return (array) $schedules + [
                self::INTERVAL => ['interval' => self::EVERY_S, 'display' => 'CoinPay'],
            ];
        });
        add_action('woocommerce_thankyou_' . Method::ID, [self::class, 'thankYou'], 5);
    }

    /**
     * Pages of the shop do not pay for the question whether the timer is set.
     */
    public static function scheduleNowAndThen(): void
    {
        if (is_admin() || wp_doing_cron()) {
            self::schedule();
        }
    }

    /**
     * Sets the timer, if it is not set.
     */
    public static function schedule(): void
    {
        if (Settings::problems() !== []) {
            return;
        }
        if (function_exists('as_has_scheduled_action') && did_action('action_scheduler_init') > 0) {
            if (!as_has_scheduled_action(self::ACTION, [], self::GROUP)) {
                as_schedule_recurring_action(
                    time() + self::EVERY_S,
                    self::EVERY_S,
                    self::ACTION,
                    [],
                    self::GROUP,
                    true,
                );
            }
            wp_clear_scheduled_hook(self::ACTION);
        } elseif (wp_next_scheduled(self::ACTION) === false) {
            wp_schedule_event(time() + self::EVERY_S, self::INTERVAL, self::ACTION);
        }
    }

    public static function unschedule(): void
    {
        wp_clear_scheduled_hook(self::ACTION);
        if (function_exists('as_unschedule_all_actions')) {
            as_unschedule_all_actions(self::ACTION, [], self::GROUP);
        }
    }

    /**
     * One turn of the timer.
     */
    public static function run(): void
    {
        self::turn(['looks' => 20, 'rows' => 50], self::RUN_S);
        if (Settings::problems() === []) {
            Coins::refresh();
        }
    }

    /**
     * After an answer was sent: the side work of what has just come.
     */
    public static function soon(): void
    {
        self::guarded(static fn () => Effects::run(microtime(true) + self::RUN_S));
    }

    /**
     * While somebody waits: a small turn, at most every ten seconds in the whole shop.
     */
    public static function tick(): void
    {
        if (get_transient(self::TICKED) !== false) {
            return;
        }
        set_transient(self::TICKED, '1', 10);
        self::turn(['looks' => 3, 'rows' => 5], 8);
    }

    /**
     * The page that thanks: the last look before the shopper leaves.
     *
     * @param int|string $id
     */
    public static function thankYou($id): void
    {
        self::guarded(static function () use ($id): void {
            $order = wc_get_order((int) $id);
            if ($order instanceof \WC_Order && Orders::isOurs($order) && !Orders::isPaid($order)) {
                Shop::engine()->orderStatus(Orders::access($order));
                self::turn(['looks' => 3, 'rows' => 5], 5);
                Sync::order($order->get_id());
                PayPage::printLink($order);
            }
        });
    }

    /**
     * Hands out again what failed at every try; gives how many.
     */
    public static function tryAgain(): int
    {
        $engine = Shop::engine();
        $again = ['settlement' => 'again', 'actor' => Merchant::actor()];
        $count = 0;
        foreach ($engine->call('list_effects', ['states' => ['dead']])['effects'] as $effect) {
            $key = array_intersect_key($effect, ['order_id' => 0, 'kind' => 0, 'subject' => 0]);
            $count += (int) $engine->settleEffect($key + $again)['applied'];
        }
        Effects::run(microtime(true) + self::RUN_S);
        return $count;
    }

    /**
     * @param array<string, int> $limits
     */
    private static function turn(array $limits, int $seconds): void
    {
        if (Settings::problems() !== []) {
            return;
        }
        self::guarded(static function () use ($limits, $seconds): void {
            $until = microtime(true) + $seconds;
            Shop::engine()->work($limits);
            Effects::run($until);
        });
    }

    private static function guarded(\Closure $run): void
    {
        try {
            $run();
        } catch (CoinPayException $refused) {
            Log::error("work: {$refused->error->value}: {$refused->getMessage()}");
        }
    }
}
