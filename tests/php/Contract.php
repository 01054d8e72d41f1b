<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Store\Executor;
use CoinPay\Store\StoreFault;

require_once __DIR__ . '/executors.php';

/**
 * Plays the contract of executors, `tests/vectors/store_contract_*.json`, on two executors of one
 * store: one of this process, one of another. Its `about` says what the steps mean.
 */
final class Contract
{
    private const TRIES = 50;

    private Executor $first;
    private array $suite;
    /** @var resource */
    private $process;
    private array $pipes;

    public function __construct(string $name)
    {
        $this->first = executor($name);
        $this->suite = Vectors::read("store_contract_{$this->first->dialect()}.json");
        $command = [PHP_BINARY, __DIR__ . '/executor_worker.php', $name];
        $pipes = [];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w']], $pipes);
        $this->pipes = $pipes;
    }

    public function __destruct()
    {
        array_map('fclose', $this->pipes);
        proc_close($this->process);
    }

    /**
     * @return array{int, list<string>} how many cases were played, and what was wrong
     */
    public function play(): array
    {
        foreach ([...$this->suite['drop'], ...$this->suite['schema']] as $order) {
            $this->first->commit([self::statement($order)]);
        }
        $wrong = [];
        foreach ($this->suite['cases'] as $case) {
            foreach ($case['steps'] as $number => $step) {
                $why = $this->step($step);
                if ($why !== null) {
                    $wrong[] = "{$case['name']}: step $number: $why";
                    break;
                }
            }
        }
        return [count($this->suite['cases']), $wrong];
    }

    private function step(array $step): ?string
    {
        return match ($step['do']) {
            'load' => self::compare(
                $this->run($step['on'], 'load', $step['statements']),
                self::wanted($step['gives']),
            ),
            'commit' => self::compare(
                $this->run($step['on'], 'commit', $step['statements']),
                self::wanted($step['gives']),
            ),
            'spoil' => $this->spoil($step),
            'race' => $this->race($step),
            'churn' => $this->churn($step),
        };
    }

    private function spoil(array $step): ?string
    {
        foreach (array_keys($step['statements']) as $place) {
            $statements = $step['statements'];
            $statements[$place] = $step['with'];
            $why = self::compare(
                $this->run(1, 'commit', $statements),
                ['fault' => $step['fault']],
            );
            $why ??= self::compare(
                $this->run(1, 'load', $step['load']),
                self::wanted(['rows' => $step['rows']]),
            );
            if ($why !== null) {
                return "with statement $place spoilt: $why";
            }
        }
        return null;
    }

    private function race(array $step): ?string
    {
        [$ours, $theirs] = $step['commits'];
        $this->tell('commit', $theirs);
        $first = $this->run(1, 'commit', $ours);
        $second = $this->heard();
        for ($try = 1; $try < self::TRIES; $try++) {
            if (($first['fault'] ?? null) === StoreFault::RETRY) {
                $first = $this->run(1, 'commit', $ours);
            } elseif (($second['fault'] ?? null) === StoreFault::RETRY) {
                $second = $this->run(2, 'commit', $theirs);
            } else {
                break;
            }
        }
        $won = 0;
        foreach ([$first, $second] as $outcome) {
            $won += (int) isset($outcome['committed']);
            if (isset($outcome['fault']) && $outcome['fault'] !== StoreFault::CONFLICT) {
                return "{$outcome['fault']} ({$outcome['code']})";
            }
        }
        return $won === $step['winners'] ? null : "$won were committed, not {$step['winners']}";
    }

    private function churn(array $step): ?string
    {
        $this->tell('churn', $step['load']);
        $loads = 0;
        for ($round = 0; $round < $step['times'] || $loads < $step['times']; $round++) {
            foreach ($step['commits'] as $commit) {
                do {
                    $outcome = $this->run(1, 'commit', $commit);
                } while (($outcome['fault'] ?? null) === StoreFault::RETRY);
                if (!isset($outcome['committed'])) {
                    return 'a commit ended in ' . json_encode($outcome);
                }
            }
            [$read, $none] = [[$this->pipes[1]], null];
            while (stream_select($read, $none, $none, 0) === 1) {
                $heard = $this->heard();
                if (!isset($heard['loads']) || isset($heard['seen'])) {
                    return 'a load ended in ' . json_encode($heard);
                }
                $loads = $heard['loads'];
                $read = [$this->pipes[1]];
            }
        }
        fwrite($this->pipes[0], "stop\n");
        do {
            $heard = $this->heard();
        } while (isset($heard['loads']) && !isset($heard['seen']));
        $allowed = array_map(self::tables(...), $step['one_of']);
        foreach ($heard['seen'] ?? [$heard] as $rows) {
            if (!in_array($rows, $allowed, true)) {
                return 'a load saw ' . substr((string) json_encode($rows), 0, 300);
            }
        }
        return null;
    }

    /**
     * What a load or a commit on executor 1 or 2 ended in.
     */
    private function run(int $on, string $verb, array $orders): array
    {
        if ($on === 2) {
            $this->tell($verb, $orders);
            return $this->heard();
        }
        $statements = array_map(self::statement(...), $orders);
        try {
            if ($verb === 'load') {
                return ['rows' => $this->first->load($statements)];
            }
            $this->first->commit($statements);
            return ['committed' => true];
        } catch (StoreFault $fault) {
            return ['fault' => $fault->class, 'code' => $fault->dbCode];
        }
    }

    private function tell(string $verb, array $orders): void
    {
        $order = ['do' => $verb, 'statements' => array_map(self::statement(...), $orders)];
        fwrite($this->pipes[0], json_encode($order, JSON_THROW_ON_ERROR) . "\n");
    }

    private function heard(): array
    {
        $line = fgets($this->pipes[1]);
        return $line === false
            ? ['fault' => 'the worker ended', 'code' => '']
            : json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    }

    private static function wanted(string|array $gives): array
    {
        return match (true) {
            $gives === 'committed' => ['committed' => true],
            isset($gives['rows']) => ['rows' => self::tables($gives['rows'])],
            default => ['fault' => $gives['fault']],
        };
    }

    private static function compare(array $found, array $wanted): ?string
    {
        if (isset($wanted['fault']) && ($found['fault'] ?? null) === $wanted['fault']) {
            return null;
        }
        return $found === $wanted ? null : substr((string) json_encode($found), 0, 300);
    }

    private static function statement(array $order): array
    {
        $params = array_map(self::value(...), $order['params']);
        return ['sql' => $order['sql'], 'params' => $params];
    }

    private static function tables(array $tables): array
    {
        $row = static fn (array $row) => array_map(self::value(...), $row);
        return array_map(static fn (array $rows) => array_map($row, $rows), $tables);
    }

    private static function value(mixed $value): mixed
    {
        return is_array($value) ? str_repeat($value['repeat'], $value['times']) : $value;
    }
}
