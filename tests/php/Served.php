<?php

declare(strict_types=1);

namespace CoinPay\Tests;

/**
 * PHP as web servers run it: `php -S`, and php-fpm asked by FastCGI. It ends with this object.
 */
final class Served
{
    /** @var resource */
    private $process;

    private function __construct(array $command, private string $place, array $variables)
    {
        $pipes = [];
        $log = ['file', variable('COINPAY_TEST_FOLDER') . '/served.log', 'a'];
        $none = ['file', '/dev/null', 'r'];
        $process = proc_open($command, [$none, $log, $log], $pipes, null, $variables + getenv());
        $this->process = $process;
    }

    public function __destruct()
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }

    /**
     * @param array<string, string> $settings of php.ini
     */
    public static function builtIn(string $script, array $settings = [], array $vars = []): self
    {
        $listener = stream_socket_server('tcp://127.0.0.1:0');
        $place = (string) stream_socket_get_name($listener, false);
        fclose($listener);
        $flags = self::flags($settings);
        $served = new self([PHP_BINARY, ...$flags, '-S', $place, $script], $place, $vars);
        $served->wait(static fn () => @stream_socket_client("tcp://$place") !== false);
        return $served;
    }

    /**
     * @param array<string, string> $settings of php.ini
     */
    public static function fpm(array $settings = [], array $vars = []): self
    {
        static $count = 0;
        $folder = variable('COINPAY_TEST_FOLDER') . '/fpm' . ++$count;
        mkdir($folder);
        $socket = "$folder/socket";
        $root = self::isRoot();
        $user = $root ? "user = root\n" : '';
        file_put_contents("$folder/fpm.conf", <<<CONF
            [global]
            error_log = $folder/log
            daemonize = no
            [www]
            {$user}listen = $socket
            pm = static
            pm.max_children = 2
            clear_env = no
            catch_workers_output = yes
            CONF);
        $flags = self::flags($settings);
        $command = [variable('COINPAY_TEST_FPM'), '--nodaemonize', '--fpm-config',
            "$folder/fpm.conf", ...$flags];
        $served = new self($root ? [...$command, '--allow-to-run-as-root'] : $command, $socket, $vars);
        $served->wait(static fn () => @stream_socket_client("unix://$socket") !== false);
        return $served;
    }

    public function url(string $path): string
    {
        return "http://{$this->place}$path";
    }

    /**
     * What a script printed under php-fpm, as a document. With a body it is posted to.
     *
     * @param array<string, string> $headers as CGI names them
     */
    public function run(string $script, string $query = '', string $body = '', array $headers = []): array
    {
        $variables = $headers + [
            'SCRIPT_FILENAME' => $script,
            'REQUEST_METHOD' => $body === '' ? 'GET' : 'POST',
            'QUERY_STRING' => $query,
            'CONTENT_TYPE' => 'application/json',
            'CONTENT_LENGTH' => (string) strlen($body),
        ];
        $pipes = [];
        $command = ['cgi-fcgi', '-bind', '-connect', $this->place];
        $streams = [['pipe', 'r'], ['pipe', 'w']];
        $client = proc_open($command, $streams, $pipes, null, $variables + getenv());
        fwrite($pipes[0], $body);
        fclose($pipes[0]);
        $printed = (string) stream_get_contents($pipes[1]);
        proc_close($client);
        $body = explode("\r\n\r\n", $printed, 2)[1] ?? $printed;
        return json_decode($body, true) ?? ['printed' => $printed];
    }

    /**
     * @return list<string>
     */
    private static function flags(array $settings): array
    {
        $flags = [];
        if (isset($settings['opcache.preload']) && self::isRoot()) {
            $settings['opcache.preload_user'] = 'root';
        }
        foreach ($settings as $name => $value) {
            array_push($flags, '-d', "$name=$value");
        }
        return $flags;
    }

    private static function isRoot(): bool
    {
        return function_exists('posix_getuid') && posix_getuid() === 0;
    }

    private function wait(\Closure $answers): void
    {
        for ($try = 0; $try < 200; $try++) {
            if ($answers()) {
                return;
            }
            usleep(50_000);
        }
        $log = (string) file_get_contents(variable('COINPAY_TEST_FOLDER') . '/served.log');
        throw new \RuntimeException("{$this->place} does not answer: $log");
    }
}
