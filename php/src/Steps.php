<?php

declare(strict_types=1);

namespace CoinPay;

use CoinPay\Backend\Backend;
use CoinPay\Http\HttpFault;
use CoinPay\Http\Transport;
use CoinPay\Store\Executor;
use CoinPay\Store\StoreFault;

/**
 * Turns the crank of operations for a host with its own HTTP and database: hands each step to the
 * one who can, and the answer back, until it is done. Decides nothing.
 *
 * @internal
 */
final class Steps
{
    public function __construct(
        private Backend $backend,
        private object $shop,
        private Executor $executor,
        private Transport $transport,
        #[\SensitiveParameter] private string $key,
    ) {
    }

    /**
     * @param array<string, mixed> $input
     */
    public function run(string $operation, array $input, string $body): mixed
    {
        [$flow, $step] = $this->backend->start($this->shop, $operation, $input, $body);
        while (!isset($step['done'])) {
            [$answer, $bytes] = $this->answer($step['request'], $step['with']);
            $answer += ['step' => $step['step'], 'now_ms' => (int) (microtime(true) * 1000)];
            $step = $this->backend->answer($flow, $answer, $bytes);
        }
        return $step['output'];
    }

    /**
     * @return array{array<string, mixed>, string} the answer's document and its body
     */
    private function answer(string $request, mixed $with): array
    {
        switch ($request) {
            case 'http':
                return $this->http($with);
            case 'load':
                try {
                    return [['answer' => 'rows', 'rows' => $this->executor->load($with)], ''];
                } catch (StoreFault $fault) {
                    return [self::fault('load_fault', $fault), ''];
                }
            case 'commit':
                try {
                    $this->executor->commit($with);
                    return [['answer' => 'committed'], ''];
                } catch (StoreFault $fault) {
                    return [self::fault('commit_fault', $fault), ''];
                }
            default:
                usleep(1000 * (int) $with);
                return [['answer' => 'elapsed'], ''];
        }
    }

    /**
     * @param array<string, mixed> $request
     * @return array{array<string, mixed>, string}
     */
    private function http(array $request): array
    {
        try {
            $bearer = $request['auth'] === 'bearer' ? $this->key : null;
            $came = $this->transport->send($request, $bearer);
        } catch (HttpFault $fault) {
            return [['answer' => 'http_fault', 'fault' => $fault->fault], ''];
        }
        $head = ['answer' => 'http', 'status' => $came->status, 'headers' => $came->headers];
        return [$head, $came->body];
    }

    /**
     * @return array<string, mixed>
     */
    private static function fault(string $answer, StoreFault $fault): array
    {
        $told = ['class' => $fault->class, 'code' => $fault->dbCode];
        return ['answer' => $answer, 'fault' => $told];
    }
}
