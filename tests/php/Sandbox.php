<?php

declare(strict_types=1);

namespace CoinPay\Tests;

/**
 * A gateway of the tests' own, on a free port; it ends with this object.
 */
final class Sandbox
{
    /** @var resource */
    private $process;
    private array $told;

    public function __construct()
    {
        $command = [variable('COINPAY_TEST_COMMAND'), 'sandbox', '--listen', '127.0.0.1:0', '--json'];
        $pipes = [];
        $this->process = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        $this->told = json_decode((string) fgets($pipes[1]), true, 512, JSON_THROW_ON_ERROR);
    }

    public function __destruct()
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }

    public function config(string $database): array
    {
        return [
            'mode' => 'test',
            'api_key' => 'cp_test_sandbox',
            'business_id' => $this->told['business_id'],
            'webhook_secrets' => ['whsec_sandbox'],
            'base_url' => $this->told['base_url'],
            'database' => $database,
        ];
    }

    public function control(string $path, ?array $body = null): array
    {
        return fetch($this->told['control_url'] . "/$path", $body)[1];
    }

    public function pay(string $paymentId): void
    {
        $this->control("payments/$paymentId/pay", ['confirm' => true]);
    }

    /**
     * The bodies of all events so far.
     *
     * @return list<string>
     */
    public function events(string $paymentId): array
    {
        $ours = array_filter(
            $this->control('webhooks/deliveries')['deliveries'],
            static fn (array $delivery) => $delivery['payment_id'] === $paymentId,
        );
        return array_values(array_column($ours, 'body'));
    }
}

/**
 * A request to this machine: the status, and the document or text that came back.
 *
 * @return array{int, mixed, string}
 */
function fetch(string $url, ?array $body = null, array $headers = []): array
{
    $post = ['content' => json_encode($body ?: new \stdClass()), 'method' => 'POST'];
    $http = ($body === null ? [] : $post) + [
        'header' => [...$headers, 'Content-Type: application/json'],
        'ignore_errors' => true,
        'timeout' => 60,
    ];
    $text = (string) file_get_contents($url, false, stream_context_create(['http' => $http]));
    $status = (int) explode(' ', $http_response_header[0])[1];
    return [$status, json_decode($text, true) ?? [], $text];
}
