<?php

declare(strict_types=1);

namespace CoinPay\Store;

/**
 * A load and a commit, spelled for each dialect; how a statement is sent is up to the class that
 * uses this.
 *
 * @internal
 */
abstract class Transactions implements Executor
{
    private const BEGIN_LOAD = [
        'sqlite' => ['BEGIN'],
        'postgres' => ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'],
        'mysql' => [
            'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
            'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
        ],
    ];

    private const BEGIN_COMMIT = [
        'sqlite' => ['BEGIN IMMEDIATE'],
        'postgres' => ['BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'],
        'mysql' => ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'],
    ];

    private const SESSION = [
        'sqlite' => [
            'PRAGMA journal_mode=WAL',
            'PRAGMA synchronous=FULL',
            'PRAGMA busy_timeout=5000',
        ],
        'mysql' => [
            'SET NAMES utf8mb4',
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
                . ' innodb_lock_wait_timeout = ' . self::LOCK_S . ', autocommit = 1',
        ],
    ];

    /** For how long a lock is waited for, in seconds. */
    private const LOCK_S = 5;

    private int $process = 0;
    private bool $connected = false;
    private float $usedAtS = 0.0;

    /**
     * How long the server may be silent, in seconds, before its connection is given up.
     */
    abstract protected function answerTimeoutS(): int;

    /**
     * Opens the connection.
     */
    abstract protected function connect(): void;

    /**
     * Forgets the connection without a word to the server.
     */
    abstract protected function disconnect(): void;

    /**
     * Sends a statement without parameters whose rows nobody wants.
     */
    abstract protected function command(string $sql): void;

    /**
     * Sends a statement and gives its rows; none for a write.
     *
     * @param list<int|string|null> $params
     * @return list<list<int|string|null>>
     */
    abstract protected function rows(string $sql, array $params): array;

    /**
     * The database's code in what the driver threw.
     */
    abstract protected function codeOf(\Throwable $thrown): string;

    public function load(array $statements): array
    {
        // A connection that was idle may be gone; reading twice does no harm.
        for ($again = $this->connected; ; $again = false) {
            try {
                $this->begin(self::BEGIN_LOAD[$this->dialect()]);
                $tables = [];
                foreach ($statements as $statement) {
                    $tables[] = $this->rows($statement['sql'], $statement['params']);
                }
                $this->command('COMMIT');
                $this->usedAtS = microtime(true);
                return $tables;
            } catch (\Throwable $thrown) {
                $fault = $this->fault($thrown);
                if (!$again || !Classes::isLost($this->dialect(), $fault->dbCode)) {
                    throw $fault;
                }
            }
        }
    }

    public function commit(array $statements): void
    {
        try {
            $this->begin(self::BEGIN_COMMIT[$this->dialect()]);
            foreach ($statements as $statement) {
                $this->rows($statement['sql'], $statement['params']);
            }
        } catch (\Throwable $thrown) {
            throw $this->fault($thrown);
        }
        try {
            $this->command('COMMIT');
            $this->usedAtS = microtime(true);
        } catch (\Throwable $thrown) {
            $fault = $this->fault($thrown);
            $refused = !Classes::isLost($this->dialect(), $fault->dbCode)
                && $fault->class !== StoreFault::FATAL;
            // The server said that it did not happen, or nobody knows.
            throw $refused ? $fault : new StoreFault(StoreFault::UNKNOWN, $fault->dbCode);
        }
    }

    /**
     * @param list<string> $words
     */
    private function begin(array $words): void
    {
        if ($this->process !== 0 && $this->process !== getmypid()) {
            // Two processes on one connection would read each other's answers.
            throw new StoreFault(StoreFault::FATAL, 'FORKED');
        }
        if ($this->connected && $this->isForgotten()) {
            $this->giveUp();
        }
        if (!$this->connected) {
            $this->process = (int) getmypid();
            $this->connect();
            $this->connected = true;
            foreach ($this->session() as $setting) {
                $this->command($setting);
            }
        }
        foreach ($words as $word) {
            $this->command($word);
        }
    }

    /**
     * @return list<string>
     */
    private function session(): array
    {
        return self::SESSION[$this->dialect()] ?? [$this->postgresSession()];
    }

    /**
     * libpq waits for an answer without an end, so that the server has to end what takes too long: a
     * statement; and, where an answer or the next statement was lost on the way, the session, which
     * the other side hears of when it is closed. Servers before 14 have no limit for the last.
     */
    private function postgresSession(): string
    {
        $answerMs = 1000 * $this->answerTimeoutS();
        $settings = [
            'client_encoding' => 'UTF8',
            'synchronous_commit' => 'on',
            'lock_timeout' => min(1000 * self::LOCK_S, intdiv($answerMs, 2)),
            'statement_timeout' => intdiv(3 * $answerMs, 4),
            'idle_in_transaction_session_timeout' => $answerMs,
            // A statement outside of a transaction of ours changes nothing.
            'default_transaction_read_only' => 'on',
        ];
        $set = static fn ($name, $value) => "set_config('$name', '$value', false)";
        $calls = array_map($set, array_keys($settings), $settings);
        $newer = "current_setting('server_version_num')::integer >= 140000";
        $calls[] = "CASE WHEN $newer THEN " . $set('idle_session_timeout', $answerMs) . ' END';
        return 'SELECT ' . implode(', ', $calls);
    }

    /**
     * Whether the server may be about to end a session that nobody has used for long.
     */
    private function isForgotten(): bool
    {
        $idleS = microtime(true) - $this->usedAtS;
        return $this->dialect() === 'postgres' && $idleS > $this->answerTimeoutS() / 2;
    }

    /**
     * What was thrown as a fault, with the transaction undone, or else the connection given up,
     * which undoes it too.
     */
    private function fault(\Throwable $thrown): StoreFault
    {
        if ($thrown instanceof StoreFault) {
            return $thrown;
        }
        $code = $this->codeOf($thrown);
        try {
            if (!$this->connected || Classes::isLost($this->dialect(), $code)) {
                $this->giveUp();
            } else {
                $this->command('ROLLBACK');
            }
        } catch (\Throwable) {
            $this->giveUp();
        }
        return new StoreFault(Classes::of($this->dialect(), $code), $code);
    }

    private function giveUp(): void
    {
        $this->connected = false;
        $this->disconnect();
    }
}
