import type { Blockchain as ChainCode, EventType } from './generated/names.js';

/** The gateway's codes of blockchains, by the published SDK's names. */
export const Blockchain = {
  BTC: 'BTC',
  BCH: 'BCH',
  ETH: 'ETH',
  POL: 'POL',
  SOL: 'SOL',
  DOGE: 'DOGE',
  XRP: 'XRP',
  ADA: 'ADA',
  BNB: 'BNB',
  USDT: 'USDT',
  USDT_ETH: 'USDT_ETH',
  USDT_POL: 'USDT_POL',
  USDT_SOL: 'USDT_SOL',
  USDC: 'USDC',
  USDC_ETH: 'USDC_ETH',
  USDC_POL: 'USDC_POL',
  USDC_SOL: 'USDC_SOL',
  USDC_BASE: 'USDC_BASE',
} as const satisfies { [Code in ChainCode]: Code };

export const PaymentStatus = {
  PENDING: 'pending',
  DETECTED: 'detected',
  CONFIRMING: 'confirming',
  CONFIRMED: 'confirmed',
  COMPLETED: 'completed',
  FORWARDING: 'forwarding',
  FORWARDED: 'forwarded',
  FORWARDING_FAILED: 'forwarding_failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
  REFUNDED: 'refunded',
} as const;

export const FiatCurrency = {
  USD: 'USD',
  EUR: 'EUR',
  GBP: 'GBP',
  CAD: 'CAD',
  AUD: 'AUD',
  JPY: 'JPY',
  CHF: 'CHF',
  CNY: 'CNY',
  INR: 'INR',
  BRL: 'BRL',
} as const;

export const WebhookEvent = {
  PAYMENT_CREATED: 'payment.created',
  PAYMENT_PENDING: 'payment.pending',
  PAYMENT_DETECTED: 'payment.detected',
  PAYMENT_CONFIRMING: 'payment.confirming',
  PAYMENT_CONFIRMED: 'payment.confirmed',
  PAYMENT_COMPLETED: 'payment.completed',
  PAYMENT_FORWARDING: 'payment.forwarding',
  PAYMENT_FORWARDING_FAILED: 'payment.forwarding_failed',
  PAYMENT_FORWARDED: 'payment.forwarded',
  PAYMENT_EXPIRED: 'payment.expired',
  PAYMENT_CANCELLED: 'payment.cancelled',
  PAYMENT_FAILED: 'payment.failed',
  PAYMENT_REFUNDED: 'payment.refunded',
  TEST: 'test.webhook',
  BUSINESS_CREATED: 'business.created',
  BUSINESS_UPDATED: 'business.updated',
} as const satisfies Record<string, EventType | `business.${string}`>;
