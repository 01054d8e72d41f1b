// In a browser's window: what a page needs to show a payment. Everything that needs a secret or
// a database runs on a server.
import * as glue from './wasm/browser.js';
import { CoinPayError, outputOf } from './errors.js';
import { Guard } from './backend/wasm.js';
import type { OrderStatus } from './types.js';

const bytes = await fetch(new URL('./wasm/browser.wasm', import.meta.url));
const guard = new Guard(glue, await bytes.arrayBuffer());

export const paymentUri = (chain: string, address: string, amount: string): string =>
  outputOf(guard.run(() => glue.payment_uri(chain, address, amount)));
export const qrSvg = (text: string): string => outputOf(guard.run(() => glue.qr_svg(text)));
export const toUnits = (text: string, decimals: number): string =>
  outputOf(guard.run(() => glue.to_units(text, decimals)));
export const fromUnits = (units: string, decimals: number): string =>
  outputOf(guard.run(() => glue.from_units(units, decimals)));

/** Asks the shop's server for an order's status until `seen` says that it is enough. */
export async function pollStatus(
  statusUrl: string,
  seen: (status: OrderStatus) => boolean | void,
): Promise<OrderStatus> {
  for (;;) {
    const answer = await fetch(statusUrl, { cache: 'no-store' });
    if (answer.status === 404) throw new CoinPayError('not_found');
    const status = answer.ok ? ((await answer.json()) as OrderStatus) : null;
    if (status && seen(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, status?.pollAfterMs ?? 5_000));
  }
}

const serverOnly = (): never => {
  throw new CoinPayError('server_only');
};
export const verifyWebhookSignature = serverOnly;
export const verifyWebhook = serverOnly;
export const parseWebhookPayload = serverOnly;
export const generateWebhookSignature = serverOnly;
export const createWebhookHandler = serverOnly;
export const createPayment = serverOnly;
export const getPayment = serverOnly;
export class CoinPayClient {
  constructor() {
    serverOnly();
  }
}
export class Checkout {
  static async open(): Promise<never> {
    return serverOnly();
  }
}
export class StoreFault extends Error {}
export { Blockchain, FiatCurrency, PaymentStatus, WebhookEvent } from './constants.js';
export { CoinPayError } from './errors.js';
