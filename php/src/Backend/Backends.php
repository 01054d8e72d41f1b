<?php

declare(strict_types=1);

namespace CoinPay\Backend;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * Which way to the library is taken: FFI where it is allowed, else the bridge. One of each in a
 * request at most.
 */
final class Backends
{
    /** @var array<string, Backend> */
    private static array $open = [];

    /** @var array{library?: string, header?: string, command?: string, backend?: string} */
    private static array $places = [];

    /**
     * Says where the library, its header and the command are, and which backend is wanted, `ffi`
     * or `bridge`. Otherwise the variables COINPAY_LIBRARY, COINPAY_HEADER, COINPAY_COMMAND and
     * COINPAY_BACKEND say so, and otherwise the package's own folder is looked in.
     *
     * @param array{library?: string, header?: string, command?: string, backend?: string} $places
     */
    public static function configure(array $places): void
    {
        self::$places = $places + self::$places;
        self::$open = [];
    }

    /**
     * @throws CoinPayException `server_only` where there is no way, naming what to change
     */
    public static function get(?string $wanted = null): Backend
    {
        $wanted ??= self::place('backend', 'auto');
        return self::$open[$wanted] ??= self::open($wanted);
    }

    private static function open(string $wanted): Backend
    {
        if (!in_array($wanted, ['auto', 'ffi', 'bridge'], true)) {
            $why = 'backend: is auto, ffi or bridge';
            throw CoinPayException::with(ErrorCode::InvalidConfiguration, $why);
        }
        $refused = [];
        if ($wanted !== 'bridge') {
            try {
                return FfiBackend::load(self::library(), self::header());
            } catch (Unavailable $why) {
                $refused[] = 'no FFI: ' . $why->getMessage();
            }
        }
        if ($wanted !== 'ffi') {
            try {
                $why = $refused === [] ? 'it was asked for' : implode('; ', $refused);
                return BridgeBackend::launch(self::command(), $why);
            } catch (Unavailable $why) {
                $refused[] = 'no bridge: ' . $why->getMessage();
            }
        }
        throw CoinPayException::with(ErrorCode::ServerOnly, self::remedy($refused));
    }

    /**
     * @param list<string> $refused
     */
    private static function remedy(array $refused): string
    {
        $why = implode('; ', $refused);
        return "The CoinPay library cannot be reached ($why). Set ffi.enable=1, or opcache.preload"
            . ' to the package\'s preload.php, or allow proc_open.';
    }

    private static function library(): string
    {
        $name = match (PHP_OS_FAMILY) {
            'Darwin' => 'libcoinpay.dylib',
            'Windows' => 'coinpay.dll',
            default => 'libcoinpay.so',
        };
        return self::place('library', dirname(__DIR__, 2) . "/lib/$name");
    }

    private static function header(): string
    {
        return self::place('header', dirname(__DIR__, 2) . '/lib/coinpay.h');
    }

    private static function command(): string
    {
        $name = PHP_OS_FAMILY === 'Windows' ? 'coinpay.exe' : 'coinpay';
        return self::place('command', dirname(__DIR__, 2) . "/bin/$name");
    }

    private static function place(string $what, string $otherwise): string
    {
        if (isset(self::$places[$what])) {
            return self::$places[$what];
        }
        $variable = getenv('COINPAY_' . strtoupper($what));
        return $variable === false || $variable === '' ? $otherwise : $variable;
    }
}
