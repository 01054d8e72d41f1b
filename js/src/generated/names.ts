// Written by `cargo xtask codegen` from the core. Change nothing here.

export const BLOCKCHAINS = [
  "BTC",
  "BCH",
  "ETH",
  "POL",
  "SOL",
  "DOGE",
  "XRP",
  "ADA",
  "BNB",
  "USDT",
  "USDT_ETH",
  "USDT_POL",
  "USDT_SOL",
  "USDC",
  "USDC_ETH",
  "USDC_POL",
  "USDC_SOL",
  "USDC_BASE",
] as const;
export type Blockchain = (typeof BLOCKCHAINS)[number];

export const EVENT_TYPES = [
  "payment.created",
  "payment.pending",
  "payment.detected",
  "payment.confirming",
  "payment.confirmed",
  "payment.completed",
  "payment.forwarding",
  "payment.forwarding_failed",
  "payment.forwarded",
  "payment.expired",
  "payment.cancelled",
  "payment.failed",
  "payment.refunded",
  "test.webhook",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const ORDER_STATES = [
  "awaiting_payment",
  "paid",
  "fulfilled",
  "needs_review",
  "expired",
  "cancelled",
  "refunded",
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const PAYMENT_STATES = [
  "pending",
  "confirming",
  "expired",
  "failed",
  "confirmed",
  "forwarded",
  "refunded",
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export const REASONS = [
  "conflict",
  "too_late",
  "newer_order",
  "short",
  "partially_refunded",
  "cancelled",
  "paid_elsewhere",
  "no_stock",
  "awaiting_stock",
] as const;
export type Reason = (typeof REASONS)[number];

export const EFFECT_KINDS = [
  "send_confirmation_email",
  "ship_order",
  "reserve_stock",
  "release_stock",
  "order_status_changed",
  "alert_operations",
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

export const OPERATIONS = [
  "prepare_store",
  "create_checkout",
  "handle_webhook",
  "order_status",
  "cancel_order",
  "resolve_review",
  "record_refund",
  "mark_fulfilled",
  "adjust_stock",
  "work",
  "claim_effects",
  "complete_effect",
  "fail_effect",
  "renew_effect",
  "settle_effect",
  "report_effects",
  "health",
  "list_coins",
] as const;
export type Operation = (typeof OPERATIONS)[number];
