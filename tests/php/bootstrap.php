<?php

/**
 * What every test needs. `cargo xtask test --only php` sets the variables that they read.
 */

declare(strict_types=1);

require_once __DIR__ . '/package.php';
require_once __DIR__ . '/executors.php';
require_once __DIR__ . '/Vectors.php';
require_once __DIR__ . '/Served.php';
require_once __DIR__ . '/Sandbox.php';
require_once __DIR__ . '/Contract.php';
require_once __DIR__ . '/Cuts.php';
