<?php

declare(strict_types=1);

namespace CoinPay\Backend;

use CoinPay\ErrorCode;
use CoinPay\Exception\CoinPayException;

/**
 * The library in this process, through PHP's FFI and the same header that C reads.
 *
 * Everything that touches FFI is in this file and FfiHandle, so that preloading them is enough.
 */
final class FfiBackend implements Backend
{
    private const ABI_VERSION = 1;

    /** Bytes that are lent to a call, by their place among the arguments. */
    private array $lent = [];
    private array $scratch = [];
    private array $room = [];

    private \FFI\CData $out;
    private \FFI\CData $outAddress;
    private \FFI\CData $err;
    private \FFI\CData $errAddress;
    private \FFI\CData $verified;
    private \FFI\CData $verifiedAddress;
    private \FFI\CData $nothing;

    /** The secrets that were used last, ready for the next webhook. */
    private ?FfiHandle $secrets = null;
    private ?array $secretsList = null;

    private function __construct(private \FFI $ffi, private string $why)
    {
        $this->out = $ffi->new('coinpay_buffer');
        $this->outAddress = \FFI::addr($this->out);
        $this->err = $ffi->new('coinpay_buffer');
        $this->errAddress = \FFI::addr($this->err);
        $this->verified = $ffi->new('coinpay_verified');
        $this->verifiedAddress = \FFI::addr($this->verified);
        $this->nothing = $ffi->new('coinpay_slice');
    }

    /**
     * @throws Unavailable with the setting to change
     */
    public static function load(string $library, string $header): self
    {
        if (PHP_INT_SIZE !== 8) {
            throw new Unavailable('PHP is built with 32-bit integers');
        }
        if (!extension_loaded('ffi')) {
            throw new Unavailable('the extension ffi is not loaded');
        }
        foreach (['library' => $library, 'header' => $header] as $what => $path) {
            if (!is_file($path)) {
                throw new Unavailable("there is no $what at $path");
            }
        }
        try {
            $ffi = \FFI::cdef((string) file_get_contents($header), $library);
        } catch (\FFI\Exception $refused) {
            $setting = 'ffi.enable=' . ini_get('ffi.enable');
            throw new Unavailable("$setting: {$refused->getMessage()}", 0, $refused);
        }
        $version = $ffi->coinpay_abi_version();
        if ($version !== self::ABI_VERSION) {
            $wanted = self::ABI_VERSION;
            throw new Unavailable("$library has version $version of the boundary, not $wanted");
        }
        return new self($ffi, self::reason());
    }

    private static function reason(): string
    {
        $enabled = strtolower((string) ini_get('ffi.enable'));
        if (in_array($enabled, ['1', 'on', 'true', 'yes'], true)) {
            return 'ffi.enable is on';
        }
        return PHP_SAPI === 'cli'
            ? 'the command line may use FFI'
            : 'the package was loaded by opcache.preload';
    }

    public function name(): string
    {
        return 'ffi';
    }

    public function why(): string
    {
        return $this->why;
    }

    public function version(): string
    {
        $version = $this->ffi->coinpay_version();
        return \FFI::string($version->data, $version->len);
    }

    public function call(string $name, array $arguments, string $body = ''): mixed
    {
        $status = $this->ffi->coinpay_call(
            $this->lend(0, $name),
            $this->lend(1, Json::object($arguments)),
            $this->lend(2, $body),
            $this->outAddress,
            $this->errAddress,
        );
        return $this->taken($status);
    }

    public function open(array $config, ?string $dialect, bool $prepare): object
    {
        $text = $this->lend(0, Json::object($config));
        if ($dialect !== null) {
            $shop = $this->ffi->new('coinpay_shop *');
            $status = $this->ffi->coinpay_shop_open(
                $text,
                $this->lend(1, $dialect),
                \FFI::addr($shop),
                $this->errAddress,
            );
            $this->expect($status);
            return new FfiHandle($this->ffi, $shop, 'coinpay_shop_free');
        }
        $engine = $this->ffi->new('coinpay_engine *');
        $open = $prepare ? 'coinpay_engine_open' : 'coinpay_engine_connect';
        $this->expect($this->ffi->$open($text, \FFI::addr($engine), $this->errAddress));
        return new FfiHandle($this->ffi, $engine, 'coinpay_engine_free');
    }

    public function operation(object $engine, string $name, array $input, string $body): mixed
    {
        $status = $this->ffi->coinpay_engine_call(
            self::pointer($engine),
            $this->lend(0, $name),
            $this->lend(1, Json::object($input)),
            $this->lend(2, $body),
            $this->outAddress,
            $this->errAddress,
        );
        return $this->taken($status);
    }

    public function start(object $shop, string $name, array $input, string $body): array
    {
        $flow = $this->ffi->new('coinpay_flow *');
        $status = $this->ffi->coinpay_flow_start(
            self::pointer($shop),
            $this->lend(0, $name),
            $this->lend(1, Json::object($input)),
            $this->lend(2, $body),
            (int) (microtime(true) * 1000),
            $this->nothing,
            \FFI::addr($flow),
            $this->outAddress,
            $this->errAddress,
        );
        $step = $this->taken($status);
        return [new FfiHandle($this->ffi, $flow, 'coinpay_flow_free'), $step];
    }

    public function answer(object $flow, array $answer, string $body): array
    {
        $status = $this->ffi->coinpay_flow_answer(
            self::pointer($flow),
            $this->lend(0, Json::object($answer)),
            $this->lend(1, $body),
            $this->outAddress,
            $this->errAddress,
        );
        return $this->taken($status);
    }

    public function verify(
        array $secrets,
        string $body,
        ?string $signature,
        int $nowMs,
        int $toleranceS,
    ): array {
        if ($this->secrets === null || $this->secretsList !== $secrets) {
            $this->secrets = $this->keep($secrets);
            $this->secretsList = $secrets;
        }
        $status = $this->ffi->coinpay_webhook_verify(
            $this->secrets->pointer,
            $this->lend(0, $body),
            $signature === null ? $this->nothing : $this->lend(1, $signature),
            $nowMs,
            $toleranceS,
            $this->verifiedAddress,
            $this->errAddress,
        );
        if ($status !== 0) {
            $this->expect($status);
        }
        $verified = $this->verified;
        return [
            'timestamp_s' => $verified->timestamp_s,
            'secret_index' => $verified->secret_index,
        ];
    }

    private function keep(array $secrets): FfiHandle
    {
        $kept = $this->ffi->new('coinpay_secrets *');
        $list = $this->lend(0, Json::encode(array_values($secrets)));
        $this->expect(
            $this->ffi->coinpay_secrets_new($list, \FFI::addr($kept), $this->errAddress),
        );
        return new FfiHandle($this->ffi, $kept, 'coinpay_secrets_free');
    }

    /**
     * The bytes of a text where the library can read them until the next call. An empty text is
     * not NULL, which is none at all.
     */
    private function lend(int $place, string $text): \FFI\CData
    {
        $len = strlen($text);
        if (!isset($this->room[$place]) || $this->room[$place] < $len) {
            $room = max(1024, 2 * $len);
            $this->scratch[$place] = $this->ffi->new("uint8_t[$room]");
            $this->room[$place] = $room;
            $slice = $this->ffi->new('coinpay_slice');
            $slice->data = $this->ffi->cast('const uint8_t *', $this->scratch[$place]);
            $this->lent[$place] = $slice;
        }
        if ($len > 0) {
            \FFI::memcpy($this->scratch[$place], $text, $len);
        }
        $this->lent[$place]->len = $len;
        return $this->lent[$place];
    }

    private static function pointer(object $handle): \FFI\CData
    {
        if (!$handle instanceof FfiHandle) {
            $why = 'what another backend opened was passed to FFI';
            throw CoinPayException::with(ErrorCode::FlowMisused, $why);
        }
        return $handle->pointer;
    }

    /**
     * What a call left in `out`, or its error.
     */
    private function taken(int $status): mixed
    {
        $this->expect($status);
        $text = \FFI::string($this->out->data, $this->out->len);
        $this->ffi->coinpay_buffer_free($this->outAddress);
        return Json::decode($text);
    }

    private function expect(int $status): void
    {
        if ($status === 0) {
            return;
        }
        $text = \FFI::string($this->err->data, $this->err->len);
        $this->ffi->coinpay_buffer_free($this->errAddress);
        throw CoinPayException::of(Json::decode($text));
    }
}
