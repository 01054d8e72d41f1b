<?php

declare(strict_types=1);

namespace CoinPay\Backend;

/**
 * A way to the library. Both ways give the same answer to the same bytes.
 *
 * Errors of the library are thrown as {@see \CoinPay\Exception\CoinPayException}.
 */
interface Backend
{
    /**
     * `ffi` or `bridge`.
     */
    public function name(): string;

    /**
     * Why it is this one, for a log and a person.
     */
    public function why(): string;

    /**
     * The version of the library.
     */
    public function version(): string;

    /**
     * A call that needs no network and no database.
     *
     * @param array<string, mixed> $arguments
     */
    public function call(string $name, array $arguments, string $body = ''): mixed;

    /**
     * Opens an engine with built-in I/O, or, with a dialect, a shop for steps. It is closed when
     * nobody holds what comes back.
     *
     * @param array<string, mixed> $config
     */
    public function open(array $config, ?string $dialect, bool $prepare): object;

    /**
     * Runs an operation of an engine to its end.
     *
     * @param array<string, mixed> $input
     */
    public function operation(object $engine, string $name, array $input, string $body): mixed;

    /**
     * Starts an operation of a shop: the flow, and its first step.
     *
     * @param array<string, mixed> $input
     * @return array{object, array<string, mixed>}
     */
    public function start(object $shop, string $name, array $input, string $body): array;

    /**
     * Answers a flow's step; gives the next.
     *
     * @param array<string, mixed> $answer
     * @return array<string, mixed>
     */
    public function answer(object $flow, array $answer, string $body): array;

    /**
     * Checks a webhook's signature: when it was signed, and by which of the secrets.
     *
     * @param list<string> $secrets
     * @return array{timestamp_s: int, secret_index: int}
     */
    public function verify(
        array $secrets,
        string $body,
        ?string $signature,
        int $nowMs,
        int $toleranceS,
    ): array;
}
