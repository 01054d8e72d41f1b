<?php

declare(strict_types=1);

namespace CoinPay\Backend;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * Documents as the library reads and writes them.
 *
 * @internal
 */
final class Json
{
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;

    /**
     * An object, also where it has no fields.
     *
     * @param array<string, mixed> $document
     */
    public static function object(array $document): string
    {
        return $document === [] ? '{}' : self::encode($document);
    }

    public static function encode(mixed $value): string
    {
        try {
            return json_encode($value, self::FLAGS);
        } catch (\JsonException $wrong) {
            $why = 'a text of the call is not UTF-8, or a value is no JSON';
            throw CoinPayException::with(ErrorCode::InvalidInput, $why, $wrong);
        }
    }

    public static function decode(string $text): mixed
    {
        try {
            return json_decode($text, true, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        } catch (\JsonException $wrong) {
            $why = 'the library answered with something unreadable';
            throw CoinPayException::with(ErrorCode::Internal, $why, $wrong);
        }
    }
}
