<?php

declare(strict_types=1);

namespace CoinPay\Exception;

use CoinPay\ErrorCode;

/**
 * What every call throws. The message names fields and settings, never a secret or a customer.
 */
class CoinPayException extends \RuntimeException
{
    /**
     * @param array<string, mixed> $document what the library says: `code`, `message`,
     *     `retry_after_ms`, and for webhooks and answers of the gateway more
     */
    final public function __construct(
        public readonly ErrorCode $error,
        string $message,
        public readonly array $document = [],
        ?\Throwable $previous = null,
    ) {
        parent::__construct($message, 0, $previous);
    }

    /**
     * The exception of the class that fits an error's document.
     *
     * @param array<string, mixed> $document
     */
    public static function of(array $document): self
    {
        // A newer library may know a code that this package does not.
        $error = ErrorCode::tryFrom((string) ($document['code'] ?? '')) ?? ErrorCode::Internal;
        $class = $error->exceptionClass();
        return new $class($error, (string) ($document['message'] ?? $error->advice()), $document);
    }

    public static function with(ErrorCode $error, string $message, ?\Throwable $from = null): self
    {
        $class = $error->exceptionClass();
        $document = ['code' => $error->value, 'message' => $message];
        return new $class($error, $message, $document, $from);
    }

    /**
     * Whether the same call can succeed later without a change by a person.
     */
    public function retryable(): bool
    {
        return (bool) ($this->document['retryable'] ?? $this->error->retryable());
    }

    /**
     * The HTTP status that an adapter answers with.
     */
    public function httpStatus(): int
    {
        return (int) ($this->document['http_status'] ?? $this->error->httpStatus());
    }

    /**
     * How long to wait before the same call is worth repeating.
     */
    public function retryAfterMs(): ?int
    {
        return isset($this->document['retry_after_ms'])
            ? (int) $this->document['retry_after_ms']
            : null;
    }
}
