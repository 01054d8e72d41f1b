<?php

/**
 * A network between an executor and its server at `argv[1]` that is cut where it is told to. It
 * reads what is sent unencrypted, knows the transactions that write, and cuts the connection of
 * the n-th of them: at its first statement, before its COMMIT has reached the server, or after the
 * server has answered the COMMIT and before the answer is passed on. Or nothing is cut, and from the
 * first statement (`mute`) or from the COMMIT (`silence`) on no answer comes back any more.
 *
 * Lines of JSON in: `{"nth": 1, "place": "statement" | "before" | "after" | "mute" | "silence"}` or
 * `{"nth": 0}`, which cuts nothing. Each is answered by what became of the one before: `{"commits": 3, "cut": true}`.
 */

declare(strict_types=1);

namespace CoinPay\Tests;

/** Both spellings of the protocols: MySQL's COM_QUERY, PostgreSQL's simple query. */
const COMMITS = ["\x07\x00\x00\x00\x03COMMIT", "Q\x00\x00\x00\x0bCOMMIT\x00"];

final class Link
{
    /** Whether a transaction that writes is open. */
    public bool $writes = false;
    /** Its COMMIT was passed on, and the answer is to be kept. */
    public bool $swallow = false;
    /** No answer is passed on any more. */
    public bool $mute = false;

    /**
     * @param resource $client
     * @param resource $server
     */
    public function __construct(public $client, public $server)
    {
    }

    public function close(): void
    {
        stream_socket_shutdown($this->client, STREAM_SHUT_RDWR);
        stream_socket_shutdown($this->server, STREAM_SHUT_RDWR);
        fclose($this->client);
        fclose($this->server);
    }
}

final class CuttingProxy
{
    /** @var list<Link> */
    private array $links = [];
    private array $order = ['nth' => 0, 'place' => ''];
    private int $commits = 0;
    private bool $cut = false;

    /**
     * @param resource $listener
     */
    public function __construct(private $listener, private string $server)
    {
    }

    public function run(): void
    {
        while (true) {
            $read = [STDIN, $this->listener];
            foreach ($this->links as $link) {
                array_push($read, $link->client, $link->server);
            }
            $none = null;
            stream_select($read, $none, $none, null);
            if (in_array(STDIN, $read, true) && !$this->obey(fgets(STDIN))) {
                return;
            }
            if (in_array($this->listener, $read, true)) {
                $server = stream_socket_client($this->server);
                $this->links[] = new Link(stream_socket_accept($this->listener), $server);
            }
            $this->links = array_values(array_filter(
                $this->links,
                fn (Link $link) => $this->carry($link, $read),
            ));
        }
    }

    private function obey(string|false $line): bool
    {
        if ($line === false) {
            return false;
        }
        $told = ['commits' => $this->commits, 'cut' => $this->cut];
        $this->order = json_decode($line, true, 512, JSON_THROW_ON_ERROR) + ['place' => ''];
        [$this->commits, $this->cut] = [0, false];
        fwrite(STDOUT, json_encode($told) . "\n");
        return true;
    }

    /**
     * Passes on what came; false where the connection is over.
     */
    private function carry(Link $link, array $read): bool
    {
        foreach ([true, false] as $up) {
            [$from, $to] = $up ? [$link->client, $link->server] : [$link->server, $link->client];
            if (!in_array($from, $read, true)) {
                continue;
            }
            $piece = (string) fread($from, 1 << 16);
            if ($piece === '' || !($up ? $this->goesUp($link, $piece) : !$link->swallow)) {
                $link->close();
                return false;
            }
            if ($up || !$link->mute) {
                // Queries of this test's are smaller than a socket's buffer.
                fwrite($to, $piece);
            }
        }
        return true;
    }

    /**
     * False where the connection is to be cut instead.
     */
    private function goesUp(Link $link, string $piece): bool
    {
        // MySQL's word that a statement is closed has no answer, and may come in the same piece.
        $ends = array_filter(COMMITS, static fn (string $commit) => str_ends_with($piece, $commit));
        if ($ends !== [] && $link->writes) {
            $link->writes = false;
            $this->commits++;
            $here = $this->commits === $this->order['nth'];
            $place = $here ? $this->order['place'] : '';
            $this->cut = $this->cut || in_array($place, ['before', 'after', 'silence'], true);
            $link->swallow = $place === 'after';
            $link->mute = $place === 'silence';
            return $place !== 'before';
        }
        if (str_contains($piece, 'ROLLBACK')) {
            $link->writes = false;
        }
        if ($link->writes && $this->commits + 1 === $this->order['nth']) {
            $here = in_array($this->order['place'], ['statement', 'mute'], true);
            $link->mute = $this->order['place'] === 'mute';
            $this->cut = $this->cut || $here;
            $this->commits += (int) $here;
            return !$here || $link->mute;
        }
        if (str_contains($piece, 'START TRANSACTION') || str_contains($piece, 'BEGIN ISOLATION')) {
            $link->writes = !str_contains($piece, 'READ ONLY');
        }
        return true;
    }
}

$listener = stream_socket_server('tcp://127.0.0.1:0');
fwrite(STDOUT, strrchr((string) stream_socket_get_name($listener, false), ':') . "\n");
(new CuttingProxy($listener, "tcp://$argv[1]"))->run();
