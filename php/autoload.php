<?php

/**
 * Loads the package's classes where there is no Composer.
 */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'CoinPay\\')) {
        $path = __DIR__ . '/src/' . strtr(substr($class, 8), '\\', '/') . '.php';
        if (is_file($path)) {
            require $path;
        }
    }
});
