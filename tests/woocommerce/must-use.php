<?php

/**
 * A plugin of the tests' own: keeps mails in a file instead of sending them, and lets the site ask
 * this machine only.
 */

declare(strict_types=1);

add_filter('pre_wp_mail', static function ($sent, array $mail): bool {
    $line = json_encode(['to' => $mail['to'], 'subject' => $mail['subject'], 'message' => $mail['message']]);
    file_put_contents(WP_CONTENT_DIR . '/mails.jsonl', "$line\n", FILE_APPEND | LOCK_EX);
    return true;
}, 10, 2);

add_filter('woocommerce_show_admin_notice', '__return_false');
add_filter('woocommerce_enable_setup_wizard', '__return_false');
