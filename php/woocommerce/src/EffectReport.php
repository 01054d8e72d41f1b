<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

use CoinPay\Engine;
use CoinPay\Exception\CoinPayException;

/**
 * How pieces of side work ended, told to the library several at once.
 *
 * What was done and cannot be told has not failed, and is not called so: its lease runs out, as if this
 * process had ended, and it is handed out again.
 */
final class EffectReport
{
    /** How often a report is made before its effects are left to their leases. */
    private const MOST_TRIES = 5;
    private const FIRST_WAIT_MS = 50;

    /** @var list<array<string, mixed>> */
    private array $untold = [];
    private float $sinceS = 0.0;
    private int $done = 0;

    public function __construct(private Engine $engine)
    {
    }

    /**
     * @param array<string, mixed> $effect
     * @param array<string, mixed> $result what is kept of it
     */
    public function completed(array $effect, array $result): void
    {
        $this->add(self::key($effect) + ['result' => $result]);
    }

    /**
     * @param array<string, mixed> $effect
     */
    public function failed(array $effect, string $why): void
    {
        $this->add(self::key($effect) + ['error' => mb_substr($why, 0, 500)]);
    }

    /**
     * Whether the first of what is untold ended longer ago than this.
     */
    public function isOlderThan(float $seconds): bool
    {
        return $this->untold !== [] && microtime(true) - $this->sinceS > $seconds;
    }

    /**
     * How many were done, and are known to be.
     */
    public function doneCount(): int
    {
        return $this->done;
    }

    /**
     * Tells all of it, and gives the next effects to do where a claim is made.
     *
     * @param ?array<string, mixed> $claim
     * @return list<array<string, mixed>>
     */
    public function tell(?array $claim = null): array
    {
        [$left, $this->untold] = [$this->untold, []];
        $claimed = [];
        for ($try = 1; $left !== []; $try++) {
            $isLast = $try >= self::MOST_TRIES;
            $wanted = $claim === null || $claimed !== [] ? [] : ['claim' => $claim];
            try {
                $reported = $this->engine->reportEffects(['outcomes' => $left] + $wanted);
                $claimed = [...$claimed, ...$reported['claimed']];
                $left = $this->untaken($left, $reported['answers'], $isLast);
            } catch (CoinPayException $refused) {
                if ($isLast || !$refused->retryable()) {
                    self::log("{$refused->error->value}: {$refused->getMessage()}");
                    return $claimed;
                }
            }
            if ($left !== []) {
                usleep(1000 * self::FIRST_WAIT_MS * 2 ** ($try - 1));
            }
        }
        return $claimed;
    }

    /**
     * What is worth another report.
     *
     * @param list<array<string, mixed>> $outcomes
     * @param list<array<string, mixed>> $answers one for each
     * @return list<array<string, mixed>>
     */
    private function untaken(array $outcomes, array $answers, bool $isLast): array
    {
        $left = [];
        foreach ($outcomes as $place => $outcome) {
            $error = $answers[$place]['error'] ?? null;
            if ($error === null) {
                $this->done += (int) !isset($outcome['error']);
                continue;
            }
            $refused = CoinPayException::of($error);
            if ($refused->retryable() && !$isLast) {
                $left[] = $outcome;
            } else {
                $of = "{$outcome['kind']} of {$outcome['order_id']}";
                self::log("$of: {$refused->error->value}: {$refused->getMessage()}");
            }
        }
        return $left;
    }

    /**
     * @param array<string, mixed> $outcome
     */
    private function add(array $outcome): void
    {
        $this->sinceS = $this->untold === [] ? microtime(true) : $this->sinceS;
        $this->untold[] = $outcome;
    }

    /**
     * @param array<string, mixed> $effect
     * @return array<string, mixed>
     */
    private static function key(array $effect): array
    {
        $names = ['order_id' => 0, 'kind' => 0, 'subject' => 0, 'claim_no' => 0];
        return array_intersect_key($effect, $names);
    }

    private static function log(string $why): void
    {
        Log::error("side work has ended and could not be reported: $why");
    }
}
