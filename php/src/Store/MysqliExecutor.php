<?php

declare(strict_types=1);

namespace CoinPay\Store;

/**
 * Keeps orders in MySQL or MariaDB through mysqli, on a connection of its own.
 */
final class MysqliExecutor extends Transactions
{
    private const CONNECT_S = 5;
    /** The server cannot prepare this statement. */
    private const NOT_PREPARED = 1295;

    private ?\mysqli $connection = null;

    /**
     * @param array{key?: string, certificate?: string, ca?: string} $tls files in PEM
     * @param int $answerTimeoutS seconds until a silent server is given up
     */
    public function __construct(
        private string $host,
        private string $user,
        #[\SensitiveParameter] private string $password,
        private string $database,
        private int $port = 3306,
        private ?string $socket = null,
        private ?array $tls = null,
        private int $answerTimeoutS = 20,
    ) {
    }

    public function dialect(): string
    {
        return 'mysql';
    }

    protected function answerTimeoutS(): int
    {
        return $this->answerTimeoutS;
    }

    protected function connect(): void
    {
        $connection = \mysqli_init();
        $connection->options(MYSQLI_OPT_CONNECT_TIMEOUT, self::CONNECT_S);
        $connection->options(MYSQLI_OPT_READ_TIMEOUT, $this->answerTimeoutS);
        $connection->options(MYSQLI_OPT_INT_AND_FLOAT_NATIVE, 1);
        $flags = 0;
        if ($this->tls !== null) {
            $files = $this->tls + ['key' => null, 'certificate' => null, 'ca' => null];
            $connection->ssl_set($files['key'], $files['certificate'], $files['ca'], null, null);
            $flags = MYSQLI_CLIENT_SSL;
        }
        $this->quietly(fn () => $connection->real_connect(
            $this->host,
            $this->user,
            $this->password,
            $this->database,
            $this->port,
            $this->socket,
            $flags,
        ));
        if ($connection->connect_errno !== 0) {
            throw new \mysqli_sql_exception('', $connection->connect_errno);
        }
        $this->connection = $connection;
    }

    protected function disconnect(): void
    {
        $this->connection = null;
    }

    protected function command(string $sql): void
    {
        $this->sent($sql);
    }

    protected function rows(string $sql, array $params): array
    {
        $connection = $this->connection;
        try {
            $statement = $this->quietly(fn () => $connection->prepare($sql));
        } catch (\mysqli_sql_exception $refused) {
            if ($refused->getCode() === self::NOT_PREPARED && $params === []) {
                return $this->sent($sql);
            }
            throw $refused;
        }
        if ($statement === false) {
            if ($connection->errno === self::NOT_PREPARED && $params === []) {
                return $this->sent($sql);
            }
            throw new \mysqli_sql_exception('', $connection->errno);
        }
        if ($params !== []) {
            $types = array_map(static fn ($value) => is_int($value) ? 'i' : 's', $params);
            $statement->bind_param(implode('', $types), ...$params);
        }
        if ($this->quietly(fn () => $statement->execute()) === false) {
            throw new \mysqli_sql_exception('', $statement->errno);
        }
        $result = $this->quietly(fn () => $statement->get_result());
        if ($result === false && $statement->errno !== 0) {
            throw new \mysqli_sql_exception('', $statement->errno);
        }
        $rows = $result instanceof \mysqli_result ? $result->fetch_all(MYSQLI_NUM) : [];
        $statement->close();
        return $rows;
    }

    /**
     * Sends a statement as text.
     *
     * @return list<list<int|string|null>>
     */
    private function sent(string $sql): array
    {
        $result = $this->quietly(fn () => $this->connection->query($sql));
        if ($result === false) {
            throw new \mysqli_sql_exception('', $this->connection->errno);
        }
        return $result instanceof \mysqli_result ? $result->fetch_all(MYSQLI_NUM) : [];
    }

    /**
     * Without warnings: a lost connection is told of by its code.
     */
    private function quietly(\Closure $call): mixed
    {
        set_error_handler(static fn () => true, E_WARNING | E_NOTICE);
        try {
            return $call();
        } finally {
            restore_error_handler();
        }
    }

    protected function codeOf(\Throwable $thrown): string
    {
        $known = $thrown instanceof \mysqli_sql_exception && $thrown->getCode() !== 0;
        return $known ? (string) $thrown->getCode() : get_class($thrown);
    }
}
