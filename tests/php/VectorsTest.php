<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use CoinPay\Backend\Backends;
use PHPUnit\Framework\TestCase;

final class VectorsTest extends TestCase
{
    private const SERVED = __DIR__ . '/web/vectors.php';

    /**
     * @dataProvider backends
     */
    public function testTheVectorsPassOnTheCommandLine(string $backend): void
    {
        $ran = Vectors::run(Backends::get($backend));
        $this->expectAll($ran);
        self::assertSame($backend, Backends::get($backend)->name());
    }

    public static function backends(): array
    {
        return [['ffi'], ['bridge']];
    }

    public function testTheCommandLineTakesFfiByItself(): void
    {
        self::assertSame('ffi', Backends::get()->name());
    }

    /**
     * Debian's php.ini leaves `ffi.enable` at `preload`.
     *
     * @dataProvider settings
     */
    public function testTheVectorsPassUnderPhpS(array $settings, string $backend, string $why): void
    {
        $served = Served::builtIn(self::SERVED, $settings);
        $this->expectServed(fetch($served->url('/'))[1], 'cli-server', $backend, $why);
    }

    /**
     * @dataProvider settings
     */
    public function testTheVectorsPassUnderPhpFpm(
        array $settings,
        string $backend,
        string $why,
    ): void {
        $served = Served::fpm($settings);
        // A second request finds what the first one left.
        for ($request = 0; $request < 2; $request++) {
            $this->expectServed($served->run(self::SERVED), 'fpm-fcgi', $backend, $why);
        }
    }

    public static function settings(): array
    {
        require_once __DIR__ . '/package.php';
        $preload = package() . '/preload.php';
        return [
            'as installed' => [['ffi.enable' => 'preload'], 'bridge', 'ffi.enable=preload'],
            'FFI on' => [['ffi.enable' => '1'], 'ffi', 'ffi.enable is on'],
            'preloaded' => [
                ['ffi.enable' => 'preload', 'opcache.enable' => '1', 'opcache.preload' => $preload],
                'ffi',
                'loaded by opcache.preload',
            ],
            'FFI off' => [['ffi.enable' => '0'], 'bridge', 'ffi.enable=0'],
        ];
    }

    public function testWithoutAnyWayTheSettingToChangeIsNamed(): void
    {
        $settings = ['ffi.enable' => 'preload', 'disable_functions' => 'proc_open'];
        $told = Served::fpm($settings)->run(self::SERVED);
        self::assertSame('server_only', $told['code'] ?? $told);
        self::assertStringContainsString('ffi.enable', $told['message']);
        self::assertStringContainsString('proc_open', $told['message']);
        self::assertStringContainsString('preload.php', $told['message']);
    }

    private function expectServed(array $ran, string $sapi, string $backend, string $why): void
    {
        $told = [$ran['sapi'] ?? null, $ran['backend'] ?? null];
        self::assertSame([$sapi, $backend], $told, (string) json_encode($ran));
        self::assertStringContainsString($why, $ran['why']);
        $this->expectAll($ran);
    }

    private function expectAll(array $ran): void
    {
        self::assertSame([], $ran['wrong']);
        $counts = Vectors::read('manifest.json')['files'];
        foreach (Vectors::FILES as $name) {
            self::assertSame($counts[$name], $ran['counts'][$name], $name);
        }
    }
}
