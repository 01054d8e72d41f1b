<?php

declare(strict_types=1);

namespace CoinPay\Store;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * Keeps orders in MySQL, MariaDB, PostgreSQL or SQLite through PDO, on a connection of its own.
 */
final class PdoExecutor extends Transactions
{
    private const DIALECTS = ['mysql' => 'mysql', 'pgsql' => 'postgres', 'sqlite' => 'sqlite'];
    private const CONNECT_S = 5;

    private string $dialect;
    private ?\PDO $pdo = null;

    /**
     * @param string $dsn as PDO has it; a name in php.ini is not followed
     * @param array<int, mixed> $options more options of PDO's, such as those for TLS
     * @param int $answerTimeoutS seconds until a silent server is given up
     */
    public function __construct(
        private string $dsn,
        private ?string $user = null,
        #[\SensitiveParameter] private ?string $password = null,
        private array $options = [],
        private int $answerTimeoutS = 20,
    ) {
        $dialect = self::DIALECTS[strstr($dsn, ':', true)] ?? null;
        if ($dialect === null) {
            $why = 'dsn: starts with mysql:, pgsql: or sqlite:';
            throw CoinPayException::with(ErrorCode::InvalidConfiguration, $why);
        }
        $this->dialect = $dialect;
    }

    public function dialect(): string
    {
        return $this->dialect;
    }

    protected function answerTimeoutS(): int
    {
        return $this->answerTimeoutS;
    }

    protected function connect(): void
    {
        $ours = [
            \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION,
            \PDO::ATTR_EMULATE_PREPARES => false,
            \PDO::ATTR_STRINGIFY_FETCHES => false,
            // A transaction that a dead request left open must not come back.
            \PDO::ATTR_PERSISTENT => false,
            \PDO::ATTR_TIMEOUT => self::CONNECT_S,
        ];
        if ($this->dialect === 'sqlite') {
            $ours[\PDO::SQLITE_ATTR_EXTENDED_RESULT_CODES] = true;
        }
        $before = @ini_set('mysqlnd.net_read_timeout', (string) $this->answerTimeoutS);
        try {
            $options = $ours + $this->options;
            $this->pdo = new \PDO($this->dsn(), $this->user, $this->password, $options);
        } finally {
            if (is_string($before)) {
                ini_set('mysqlnd.net_read_timeout', $before);
            }
        }
    }

    /**
     * The DSN; for PostgreSQL with limits for a network that has gone silent, unless it names others.
     */
    private function dsn(): string
    {
        if ($this->dialect !== 'postgres') {
            return $this->dsn;
        }
        $probeS = max(1, intdiv($this->answerTimeoutS, 4));
        $limits = "keepalives=1;keepalives_idle=$probeS;keepalives_interval=$probeS;keepalives_count=3"
            . ';tcp_user_timeout=' . 1000 * $this->answerTimeoutS;
        // Of an option that is named twice libpq takes the second.
        return "pgsql:$limits;" . substr($this->dsn, strlen('pgsql:'));
    }

    protected function disconnect(): void
    {
        $this->pdo = null;
    }

    protected function command(string $sql): void
    {
        // Commands, not PDO's own transactions: those lose count where a table is made.
        $this->pdo?->exec($sql);
    }

    protected function rows(string $sql, array $params): array
    {
        $statement = $this->pdo->prepare($this->placed($sql));
        foreach ($params as $place => $value) {
            $type = match (true) {
                is_int($value) => \PDO::PARAM_INT,
                $value === null => \PDO::PARAM_NULL,
                default => \PDO::PARAM_STR,
            };
            $statement->bindValue($place + 1, $value, $type);
        }
        $statement->execute();
        $rows = $statement->columnCount() > 0 ? $statement->fetchAll(\PDO::FETCH_NUM) : [];
        $statement->closeCursor();
        return $rows;
    }

    /**
     * The statement with PDO's placeholders: ours stand in their order and once each.
     */
    private function placed(string $sql): string
    {
        return $this->dialect === 'postgres' ? (string) preg_replace('/\$\d+/', '?', $sql) : $sql;
    }

    protected function codeOf(\Throwable $thrown): string
    {
        if (!$thrown instanceof \PDOException) {
            return get_class($thrown);
        }
        [$state, $number] = ($thrown->errorInfo ?? []) + ['', ''];
        if ($this->dialect !== 'postgres') {
            return (string) ($number ?: $thrown->getCode());
        }
        // Where the server is gone, libpq has no state to give.
        return $state === 'HY000' || $state === '' ? '08006' : (string) $state;
    }
}
