<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Exception\CoinPayException;

/**
 * Carries out the library's side work on WooCommerce's orders. Each piece may come again after a
 * crash, and does nothing the second time.
 */
final class Effects
{
    /** Shipping is WooCommerce's own; the library never asks for it here. */
    private const KINDS = [
        'reserve_stock',
        'release_stock',
        'order_status_changed',
        'send_confirmation_email',
        'alert_operations',
    ];

    /** Their outcomes are told before anything else is done: they may change what is to be said. */
    private const GOODS = ['reserve_stock', 'release_stock'];

    private const AT_ONCE = 10;

    /** For how long something that is done may go untold, in seconds. */
    private const UNTOLD_S = 2;

    /**
     * Does what is due, until nothing is or the time is over.
     */
    public static function run(float $untilS): int
    {
        if (!Plugin::hasWooCommerce()) {
            // It waits until there are orders again to do it on.
            return 0;
        }
        $claim = ['limit' => self::AT_ONCE, 'kinds' => self::KINDS];
        $report = new EffectReport(Shop::engine());
        $effects = microtime(true) < $untilS ? Shop::engine()->claimEffects($claim) : [];
        while ($effects !== []) {
            self::claimed($effects, $report);
            // The last outcomes of a claim take the next one along.
            $effects = $report->tell(microtime(true) < $untilS ? $claim : null);
        }
        return $report->doneCount();
    }

    /**
     * Carries out one claim; what came of the last of it is still to be told.
     *
     * @param list<array<string, mixed>> $effects
     */
    private static function claimed(array $effects, EffectReport $report): void
    {
        usort($effects, static fn ($a, $b) => self::rank($a) <=> self::rank($b));
        $goods = false;
        foreach ($effects as $effect) {
            $isOfGoods = in_array($effect['kind'], self::GOODS, true);
            if ($goods && !$isOfGoods || $report->isOlderThan(self::UNTOLD_S)) {
                $report->tell();
            }
            $goods = $isOfGoods;
            self::one($effect, $report);
        }
    }

    private static function rank(array $effect): int
    {
        return (int) array_search($effect['kind'], self::KINDS, true);
    }

    private static function one(array $effect, EffectReport $report): void
    {
        try {
            $report->completed($effect, self::carryOut($effect));
            return;
        } catch (CoinPayException $refused) {
            $why = "{$refused->error->value}: {$refused->getMessage()}";
        } catch (\Throwable $thrown) {
            // Another plugin's message may name a customer; its place does not.
            $why = get_class($thrown) . ' in ' . basename($thrown->getFile()) . ':' . $thrown->getLine();
        }
        Log::error("{$effect['kind']} of {$effect['order_id']} failed: $why");
        $report->failed($effect, $why);
    }

    /**
     * @return array<string, mixed> what is kept of it
     */
    private static function carryOut(array $effect): array
    {
        $id = (int) ($effect['order']['cart_id'] ?? 0);
        $order = $id > 0 ? wc_get_order($id) : null;
        $order = $order instanceof \WC_Order ? $order : null;
        if ($effect['kind'] === 'alert_operations') {
            Alerts::tell($order, $effect);
            return ['told' => true];
        }
        if ($order === null) {
            return self::orphan($effect, $id);
        }
        $current = Orders::coinpayId($order) === $effect['order_id'];
        return match ($effect['kind']) {
            'reserve_stock' => ['reserved' => $current && Stock::take($id)],
            'release_stock' => ['released' => $current && Stock::giveBack($id)],
            // WooCommerce sends its mails when the order becomes paid.
            default => self::sync($id, $current),
        };
    }

    /**
     * The order was deleted. Money that comes for it all the same is not passed over.
     *
     * @return array<string, mixed>
     */
    private static function orphan(array $effect, int $id): array
    {
        if ($effect['kind'] === 'send_confirmation_email') {
            /* translators: %d: the number of an order */
            $words = __(
                'CoinPay: money came for order %d, which was deleted. Give it back, or enter the order again.',
                'coinpay-woocommerce',
            );
            Log::error(sprintf($words, $id));
            Alerts::mail(null, sprintf($words, $id));
        }
        return $effect['kind'] === 'reserve_stock' ? ['reserved' => false] : ['gone' => true];
    }

    private static function sync(int $id, bool $current): array
    {
        if ($current) {
            Sync::order($id);
        }
        return ['current' => $current];
    }
}
