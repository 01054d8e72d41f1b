<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Store\Executor;

/**
 * An executor whose network is cut where a test wants it, by `cutting_proxy.php`.
 */
final class Cuts
{
    public readonly Executor $executor;
    /** @var resource */
    private $process;
    private array $pipes;

    public function __construct(string $name, int $answerTimeoutS = 20)
    {
        $place = place($name);
        $command = [PHP_BINARY, __DIR__ . '/cutting_proxy.php', "{$place['host']}:{$place['port']}"];
        $pipes = [];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w']], $pipes);
        $this->pipes = $pipes;
        $port = (int) ltrim(trim((string) fgets($this->pipes[1])), ':');
        $this->executor = executor($name, $port, $answerTimeoutS);
    }

    public function __destruct()
    {
        array_map('fclose', $this->pipes);
        proc_close($this->process);
    }

    /**
     * Cuts the n-th writing transaction from now on; 0 is none.
     *
     * @return array{commits: int, cut: bool} how many there were since the last time
     */
    public function at(int $nth, string $place = ''): array
    {
        fwrite($this->pipes[0], json_encode(['nth' => $nth, 'place' => $place]) . "\n");
        return json_decode((string) fgets($this->pipes[1]), true, 512, JSON_THROW_ON_ERROR);
    }
}
