<?php

declare(strict_types=1);

namespace CoinPay\WooCommerce;

/**
 * How many orders of this site are not over. Read without the library, which need not run where the
 * plugin is being removed.
 */
final class OpenOrders
{
    private function __construct(
        /** An address was shown, and nothing has come yet. */
        public readonly int $waiting,
        /** Money is there or under way, and something is left to be done: goods, review, refund. */
        public readonly int $withMoney,
    ) {
    }

    /**
     * Null where it cannot be told.
     */
    public static function count(): ?self
    {
        global $wpdb;
        $table = Database::prefix() . 'orders';
        $quiet = $wpdb->suppress_errors();
        $like = $wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like($table));
        $there = $wpdb->get_var($like) !== null;
        $failed = $wpdb->last_error !== '';
        $row = $there ? $wpdb->get_row(self::statement($table), ARRAY_N) : null;
        $wpdb->suppress_errors($quiet);
        if (!$failed && !$there) {
            return new self(0, 0);
        }
        return is_array($row) ? new self((int) $row[0], (int) $row[1]) : null;
    }

    public function and(self $others): self
    {
        return new self($this->waiting + $others->waiting, $this->withMoney + $others->withMoney);
    }

    private static function statement(string $table): string
    {
        $came = "payment_status IN ('confirming', 'confirmed', 'forwarded')";
        $waits = "status = 'awaiting_payment'";
        $held = "status IN ('paid', 'needs_review') OR refund_due IS NOT NULL OR ($waits AND $came)";
        // The table's name is made of [a-z0-9_] only.
        return "SELECT COALESCE(SUM($waits AND refund_due IS NULL AND NOT $came), 0),"
            . " COALESCE(SUM($held), 0) FROM `$table`";
    }
}
