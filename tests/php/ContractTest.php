<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use PHPUnit\Framework\TestCase;

final class ContractTest extends TestCase
{
    /**
     * @dataProvider executors
     */
    public function testTheContractIsKeptAndKeptAgainOnWhatIsLeft(string $name): void
    {
        for ($round = 0; $round < 2; $round++) {
            [$played, $wrong] = (new Contract($name))->play();
            self::assertSame([], $wrong);
            self::assertSame(self::counted(EXECUTORS[$name]), $played);
        }
    }

    public static function executors(): array
    {
        require_once __DIR__ . '/executors.php';
        $names = array_keys(EXECUTORS);
        return array_combine($names, array_map(static fn (string $name) => [$name], $names));
    }

    public function testAnExecutorThatCommitsEachStatementIsFound(): void
    {
        [, $wrong] = (new Contract('careless'))->play();
        self::assertNotSame([], $wrong);
    }

    private static function counted(string $dialect): int
    {
        return Vectors::read('manifest.json')['files']["store_contract_$dialect.json"];
    }
}
