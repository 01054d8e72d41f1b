<?php

/**
 * Where the tests find the package and the library; `cargo xtask test --only php` sets the
 * variables.
 */

declare(strict_types=1);

require_once __DIR__ . '/../../php/autoload.php';
require_once __DIR__ . '/Vectors.php';
require_once __DIR__ . '/Served.php';
require_once __DIR__ . '/Sandbox.php';
require_once __DIR__ . '/Contract.php';
