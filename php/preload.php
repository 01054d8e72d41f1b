<?php

/**
 * For `opcache.preload` in php.ini: classes that are loaded here may call the library under
 * php-fpm, although `ffi.enable` has its default, `preload`. From a preload script of your own,
 * require this one.
 */

declare(strict_types=1);

namespace CoinPay;

require_once __DIR__ . '/autoload.php';

(static function (): void {
    $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(__DIR__ . '/src'));
    foreach ($files as $file) {
        if ($file->isFile() && $file->getExtension() === 'php') {
            $class = substr($file->getPathname(), strlen(__DIR__ . '/src/'), -4);
            class_exists('CoinPay\\' . strtr($class, '/', '\\'));
        }
    }
})();
