<?php

declare(strict_types=1);

namespace CoinPay\Tests;

use PHPUnit\Framework\TestCase;

/**
 * The package as Composer takes it from a folder, without any registry.
 */
final class ComposerTest extends TestCase
{
    public function testComposerInstallsThePackageAndLoadsItsClasses(): void
    {
        $shop = variable('COINPAY_TEST_FOLDER') . '/shop';
        mkdir($shop);
        $source = ['type' => 'path', 'url' => package(), 'options' => ['symlink' => true]];
        $needs = [
            'repositories' => [$source, ['packagist.org' => false]],
            'require' => ['coinpay/embed' => '*@dev'],
        ];
        file_put_contents("$shop/composer.json", json_encode($needs));
        $this->ran(['composer', 'validate', '--no-check-publish', package() . '/composer.json']);
        $this->ran(['composer', 'install', '--no-interaction', "--working-dir=$shop"]);
        file_put_contents("$shop/sign.php", <<<'PHP'
            <?php
            require __DIR__ . '/vendor/autoload.php';
            echo (new CoinPay\Webhook('s'))->sign('x', 1);
            PHP);
        self::assertStringStartsWith('t=1,v1=82e21d38', $this->ran([PHP_BINARY, "$shop/sign.php"]));
    }

    private function ran(array $command): string
    {
        $pipes = [];
        $variables = ['COMPOSER_ALLOW_SUPERUSER' => '1', 'COMPOSER_HOME' => variable('COINPAY_TEST_FOLDER')];
        $output = [1 => ['pipe', 'w'], 2 => ['redirect', 1]];
        $process = proc_open($command, $output, $pipes, null, $variables + getenv());
        $said = (string) stream_get_contents($pipes[1]);
        self::assertSame(0, proc_close($process), implode(' ', $command) . ": $said");
        return $said;
    }
}
