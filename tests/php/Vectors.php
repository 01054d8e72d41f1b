<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backend;
use CoinPay\Exception\CoinPayException;

/**
 * Runs the shared vectors that reach a boundary, each by the name of its call. What is wrong comes
 * back as text; a file of which fewer cases ran than the manifest counts is wrong too.
 */
final class Vectors
{
    public const FILES = [
        'amounts.json',
        'api_answers.json',
        'api_requests.json',
        'decisions.json',
        'matching.json',
        'payment_uris.json',
        'webhook_events.json',
        'webhook_signatures.json',
    ];

    public static function folder(): string
    {
        return dirname(__DIR__) . '/vectors';
    }

    public static function read(string $name): array
    {
        $text = (string) file_get_contents(self::folder() . "/$name");
        return json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    }

    /**
     * @return array{counts: array<string, int>, wrong: list<string>}
     */
    public static function run(Backend $backend): array
    {
        $manifest = self::read('manifest.json')['files'];
        $counts = [];
        $wrong = [];
        foreach (self::FILES as $name) {
            $file = self::read($name);
            $counts[$name] = 0;
            foreach ($file['cases'] as $case) {
                $counts[$name]++;
                $why = self::case($backend, $case, $file['every'] ?? []);
                if ($why !== null) {
                    $wrong[] = "$name: {$case['name']}: $why";
                }
            }
            if ($counts[$name] < $manifest[$name]) {
                $wrong[] = "$name: {$counts[$name]} cases, not {$manifest[$name]}";
            }
        }
        return ['counts' => $counts, 'wrong' => $wrong];
    }

    private static function case(Backend $backend, array $case, array $every): ?string
    {
        $arguments = $case + $every;
        $body = self::body($case);
        foreach (self::ways($backend, $arguments, $body) as $way => $call) {
            try {
                $gave = $call();
                if (!array_key_exists('gives', $case)) {
                    return "$way gave " . json_encode($gave);
                }
                if ($gave != $case['gives'] || gettype($gave) !== gettype($case['gives'])) {
                    return "$way gave " . json_encode($gave);
                }
            } catch (CoinPayException $thrown) {
                $why = self::error($case, $thrown, $way === 'call');
                if ($why !== null) {
                    return "$way: $why";
                }
            }
        }
        return null;
    }

    /**
     * @return array<string, \Closure>
     */
    private static function ways(Backend $backend, array $arguments, string $body): array
    {
        $name = $arguments['call'];
        $ways = ['call' => static fn () => $backend->call($name, $arguments, $body)];
        if ($name === 'verify_webhook') {
            $tolerance = $arguments['tolerance_s'] ?? 300;
            $ways['verify'] = static fn () => $backend->verify(
                $arguments['secrets'],
                $body,
                $arguments['header'],
                $arguments['now_ms'],
                $tolerance,
            );
        }
        return $ways;
    }

    private static function error(array $case, CoinPayException $thrown, bool $more): ?string
    {
        $found = $thrown->document;
        $wanted = $case['error'] ?? null;
        if ($wanted === null) {
            return "threw {$thrown->error->value}: {$thrown->getMessage()}";
        }
        if (is_string($wanted)) {
            $wanted = ['code' => $wanted];
        }
        if ($more) {
            $wanted += array_intersect_key($case, ['cause' => 0, 'skew_s' => 0]);
        }
        foreach ($wanted as $field => $value) {
            if (($found[$field] ?? null) !== $value) {
                return "$field is " . json_encode($found[$field] ?? null);
            }
        }
        return $thrown->error->value === $found['code'] ? null : 'another code than the document';
    }

    private static function body(array $case): string
    {
        return match (true) {
            isset($case['body_hex']) => (string) hex2bin($case['body_hex']),
            isset($case['body_repeat']) =>
                str_repeat($case['body_repeat']['text'], $case['body_repeat']['times']),
            default => $case['body'] ?? '',
        };
    }
}
