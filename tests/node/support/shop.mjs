// Orders at a shop, and webhooks as the gateway would send them.

import assert from 'node:assert/strict';
import { signedWebhook } from 'coinpay-embed/testing';

let carts = 0;

/** Settings in the words of `examples/edge/shop.js`. */
export const environment = (sandbox, carrier) => ({
  COINPAY_API_KEY: sandbox.apiKey,
  COINPAY_BUSINESS_ID: sandbox.businessId,
  COINPAY_BASE_URL: sandbox.baseUrl,
  COINPAY_WEBHOOK_SECRETS: sandbox.webhookSecret,
  CARRIER_URL: carrier.url,
});

export async function order(shop) {
  const answer = await fetch(`${shop.url}/checkout/crypto`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ article: 'mug', cartId: `cart-${(carts += 1)}`, blockchain: 'BTC' }),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** `count` orders, a few at a time. */
export async function orders(shops, count) {
  const made = [];
  while (made.length < count) {
    const some = shops.slice(0, count - made.length);
    made.push(...(await Promise.all(some.map((shop) => order(shop)))));
  }
  return made;
}

/** The body and headers that say that an order's payment was confirmed. */
export function confirmed(order, sandbox) {
  const event = {
    id: `evt_${order.paymentId}_1795348800`,
    type: 'payment.confirmed',
    data: {
      payment_id: order.paymentId,
      status: 'confirmed',
      blockchain: 'BTC',
      amount_crypto: order.cryptoAmount,
      payment_address: order.address,
      received_amount: Number(order.cryptoAmount),
      confirmed_at: new Date().toISOString(),
    },
    created_at: new Date().toISOString(),
    business_id: sandbox.businessId,
  };
  return signedWebhook(event, { secret: sandbox.webhookSecret });
}

/** The status of the answer, or 0 where there was none. */
export async function send(shop, { body, headers }) {
  try {
    const answer = await fetch(`${shop.url}/webhooks/coinpay`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

export async function statusOf(shop, { statusUrl }) {
  const answer = await fetch(`${shop.url}${statusUrl}`);
  assert.equal(answer.status, 200);
  return (await answer.json()).status;
}

/** Waits until every order is as wanted, for a minute at most. */
export async function until(shop, all, wanted) {
  const start = Date.now();
  for (const one of all) {
    for (;;) {
      const seen = await statusOf(shop, one);
      if (wanted.includes(seen)) break;
      assert.ok(Date.now() - start < 60_000, `an order is ${seen}, not ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
