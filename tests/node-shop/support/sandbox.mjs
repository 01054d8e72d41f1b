// The sandbox gateway for one file of tests, and a checkout that uses it.

import { after } from 'node:test';
import process from 'node:process';
import { Checkout } from 'coinpay-embed';
import { nodeSqliteExecutor } from 'coinpay-embed/node-sqlite';
import { startSandbox } from '../../edge/scenarios.mjs';

/** What the sandbox of `tests/edge` signs with. */
export const SECRET = 'whsec_edge';

export async function sandbox() {
  const started = await startSandbox(process.env.COINPAY_TEST_COMMAND);
  after(() => started.end());
  return started;
}

/** Settings of a shop at this gateway. */
export const shopOf = ({ baseUrl, businessId }) => ({
  mode: 'test',
  apiKey: 'cp_test_sandbox',
  businessId,
  baseUrl,
  webhookSecrets: [SECRET],
});

export async function openCheckout(gateway, more = {}) {
  const executor = more.executor ?? nodeSqliteExecutor(':memory:');
  const checkout = await Checkout.open({ ...shopOf(gateway), executor, ...more });
  after(() => checkout.close());
  return checkout;
}

/** A cart of mugs, of one by default. */
export const mug = ({ quantity = 1, ...more } = {}) => ({
  cartId: `cart-${crypto.randomUUID()}`,
  blockchain: 'BTC',
  currency: 'USD',
  items: [{ sku: 'mug', price: '12.00', quantity, digital: true }],
  ...more,
});
