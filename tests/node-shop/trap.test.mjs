// After a trap in WebAssembly there is a fresh instance, and the shop goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateWebhookSignature, parseWebhookPayload, verifyWebhook } from 'coinpay-embed';
import { name } from 'coinpay-embed/backend';
import { mug, openCheckout, sandbox } from './support/sandbox.mjs';

const only = { skip: name === 'wasm' ? false : 'the addon does not trap' };

/** More than the memory of an instance can ever be. */
const ENDLESS = new Uint8Array(2 ** 32 - 2 ** 16);

function trap() {
  const payload = ENDLESS;
  const signature = generateWebhookSignature({ payload: '', secret: 's' });
  verifyWebhook({ payload, signature, secret: 's' });
}

function trapped() {
  try {
    trap();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing trapped');
}

/** The same in the instance that the engine has for itself. */
async function trappedIn(checkout) {
  const error = await checkout.handleWebhook(ENDLESS, 't=1,v1=0').catch((error) => error);
  assert.equal(error.code, 'internal');
  assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
}

test('a trap is an error with a code, and its cause is the trap', only, () => {
  const error = trapped();
  assert.equal(error.code, 'internal');
  assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
});

test('the next calls are answered by a fresh instance, as before', only, () => {
  const payload = '{"type":"payment.confirmed","data":{}}';
  const signature = generateWebhookSignature({ payload, secret: 's' });
  for (let round = 0; round < 20; round += 1) {
    trapped();
    assert.equal(verifyWebhook({ payload, signature, secret: 's' }).secretIndex, 0);
    assert.equal(parseWebhookPayload(payload).type, 'payment.confirmed');
  }
});

test('a checkout that was open stays open', only, async () => {
  const checkout = await openCheckout(await sandbox());
  const before = await checkout.createCheckout(mug());
  await trappedIn(checkout);
  const after = await checkout.createCheckout(mug());
  assert.deepEqual([before.outcome, after.outcome], ['created', 'created']);
  const { orderId, statusToken } = before;
  assert.equal((await checkout.orderStatus({ orderId, statusToken })).orderId, orderId);
});

test('an operation under way ends as if the process had, and is taken up again', only, async () => {
  const gateway = await sandbox();
  let spoil = false;
  const checkout = await openCheckout(gateway, {
    async fetch(url, init) {
      const answer = await fetch(url, init);
      if (spoil) await trappedIn(checkout);
      spoil = false;
      return answer;
    },
  });
  const cart = mug();
  spoil = true;
  const error = await checkout.createCheckout(cart).catch((error) => error);
  assert.equal(error.code, 'internal');
  const { outcome, order } = await checkout.createCheckout(cart);
  assert.equal(outcome, 'exists');
  const { payments } = await gateway.read('/payments');
  assert.deepEqual(
    payments.map((one) => one.id),
    [order.payment.paymentId],
  );
});
