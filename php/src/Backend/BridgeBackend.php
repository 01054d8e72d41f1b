<?php

declare(strict_types=1);

namespace CoinPay\Backend;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * The library in a child process, `coinpay bridge`, over its pipes: for where FFI is off. It ends
 * with this object, at the end of the request at the latest.
 */
final class BridgeBackend implements Backend
{
    private const VERSION = 1;

    /** The longest webhook, and one more; the library refuses all that are longer alike. */
    private const LONGEST_WEBHOOK = 256 * 1024 + 1;

    /** Longer than any call may take by its `budget_ms`. */
    private const LONGEST_S = 330;

    /** @var resource */
    private $process;
    /** @var resource */
    private $input;
    /** @var resource */
    private $output;
    private int $last = 0;
    private string $version;

    /**
     * @throws Unavailable with the setting to change
     */
    private function __construct(string $command, private string $why)
    {
        $pipes = [];
        // The configuration goes through the pipe: arguments could be read by every user.
        $process = @proc_open([$command, 'bridge'], [['pipe', 'r'], ['pipe', 'w']], $pipes);
        if (!is_resource($process)) {
            throw new Unavailable("$command does not start");
        }
        $this->process = $process;
        [$this->input, $this->output] = $pipes;
        $greeting = json_decode((string) $this->line(10), true);
        if (($greeting['v'] ?? null) !== self::VERSION) {
            throw new Unavailable("$command bridge does not speak version " . self::VERSION);
        }
        $this->version = (string) $greeting['version'];
    }

    /**
     * @throws Unavailable with the setting to change
     */
    public static function launch(string $command, string $why): self
    {
        if (!function_exists('proc_open')) {
            throw new Unavailable('proc_open is in disable_functions');
        }
        if (!is_file($command)) {
            throw new Unavailable("there is no program at $command");
        }
        if (!is_executable($command)) {
            throw new Unavailable("$command may not be executed; chmod +x helps");
        }
        return new self($command, $why);
    }

    public function __destruct()
    {
        foreach (['input', 'output'] as $pipe) {
            if (isset($this->$pipe) && is_resource($this->$pipe)) {
                fclose($this->$pipe);
            }
        }
        if (isset($this->process) && is_resource($this->process)) {
            proc_close($this->process);
        }
    }

    public function name(): string
    {
        return 'bridge';
    }

    public function why(): string
    {
        return $this->why;
    }

    public function version(): string
    {
        return $this->version;
    }

    public function call(string $name, array $arguments, string $body = ''): mixed
    {
        $call = ['name' => $name, 'arguments' => $arguments, 'body' => base64_encode($body)];
        return $this->ask('call', $call);
    }

    public function open(array $config, ?string $dialect, bool $prepare): object
    {
        $open = ['config' => $config, 'dialect' => $dialect, 'prepare' => $prepare];
        return new BridgeHandle((int) $this->ask('open', $open)['shop']);
    }

    public function operation(object $engine, string $name, array $input, string $body): mixed
    {
        return $this->ask('operation', [
            'shop' => self::number($engine),
            'operation' => $name,
            'input' => $input,
            'body' => self::webhook($body),
        ]);
    }

    public function start(object $shop, string $name, array $input, string $body): array
    {
        $started = $this->ask('start', [
            'shop' => self::number($shop),
            'operation' => $name,
            'input' => $input,
            'body' => self::webhook($body),
        ]);
        $drop = function (int $flow): void {
            $this->ask('drop', ['flow' => $flow]);
        };
        return [new BridgeHandle((int) $started['flow'], $drop), $started['step']];
    }

    public function answer(object $flow, array $answer, string $body): array
    {
        $answered = ['answer' => $answer, 'body' => base64_encode($body)];
        return $this->ask('answer', ['flow' => self::number($flow)] + $answered)['step'];
    }

    public function verify(
        array $secrets,
        string $body,
        ?string $signature,
        int $nowMs,
        int $toleranceS,
    ): array {
        return $this->call('verify_webhook', [
            'secrets' => array_values($secrets),
            'header' => $signature,
            'now_ms' => $nowMs,
            'tolerance_s' => $toleranceS,
        ], substr($body, 0, self::LONGEST_WEBHOOK));
    }

    private static function webhook(string $body): string
    {
        return base64_encode(substr($body, 0, self::LONGEST_WEBHOOK));
    }

    private static function number(object $handle): int
    {
        if (!$handle instanceof BridgeHandle) {
            $why = 'what another backend opened was passed to the bridge';
            throw CoinPayException::with(ErrorCode::FlowMisused, $why);
        }
        return $handle->number;
    }

    /**
     * @param array<string, mixed> $request
     */
    private function ask(string $do, array $request): mixed
    {
        $id = ++$this->last;
        $line = Json::encode(['id' => $id, 'do' => $do] + $request) . "\n";
        for ($sent = 0; $sent < strlen($line); $sent += $written) {
            $written = @fwrite($this->input, substr($line, $sent));
            if ($written === false || $written === 0) {
                throw $this->gone();
            }
        }
        $text = $this->line(self::LONGEST_S);
        if ($text === null) {
            throw $this->gone();
        }
        $answer = Json::decode($text);
        if (($answer['id'] ?? null) !== $id) {
            throw $this->gone();
        }
        if (isset($answer['error'])) {
            throw CoinPayException::of($answer['error']);
        }
        return $answer['ok'] ?? null;
    }

    /**
     * A line of the bridge's; null if it says nothing in time or has ended.
     */
    private function line(int $patienceS): ?string
    {
        $deadline = microtime(true) + $patienceS;
        $line = '';
        while (!str_ends_with($line, "\n")) {
            $left = (int) ceil($deadline - microtime(true));
            [$read, $none] = [[$this->output], null];
            if ($left <= 0 || @stream_select($read, $none, $none, $left) !== 1) {
                return null;
            }
            $more = fgets($this->output);
            if ($more === false) {
                return null;
            }
            $line .= $more;
        }
        return $line;
    }

    private function gone(): CoinPayException
    {
        $why = 'the bridge ended in the middle of a call; the same call goes on';
        return CoinPayException::with(ErrorCode::Internal, $why);
    }
}
