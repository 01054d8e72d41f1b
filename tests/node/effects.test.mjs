// Side work as the package runs it: told in few reports, and never told wrong.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { Checkout, CoinPayError, generateWebhookSignature } from 'coinpay-embed';

const SECRET = 'whsec_9f2c1a7e5b';
const businessId = '7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10';

/** The gateway's answer to a checkout. */
async function fetch(_url, { body }) {
  const { amount, metadata } = JSON.parse(Buffer.from(body).toString());
  const payment = {
    id: randomUUID(),
    business_id: businessId,
    amount,
    metadata,
    blockchain: 'BTC',
    crypto_amount: '0.00123456',
    payment_address: 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh',
    status: 'pending',
    expires_at: new Date(Date.now() + 900_000).toISOString(),
  };
  return Response.json({ success: true, payment }, { status: 201 });
}

/** A shop whose reports are counted, and fail as `failing` says. */
async function shop(effects, { workEveryMs = 0, failing = [], ...settings } = {}) {
  const errors = [];
  const checkout = await Checkout.open({
    mode: 'test',
    apiKey: 'cp_test_effects',
    businessId,
    webhookSecrets: [SECRET],
    database: 'sqlite::memory:',
    maxOpenOrders: 0,
    fetch,
    effects,
    workEveryMs,
    onError: (error) => errors.push(error),
    ...settings,
  });
  const reports = [];
  const report = checkout.reportEffects.bind(checkout);
  checkout.reportEffects = (told) => {
    reports.push(told.outcomes.length);
    const failure = failing.shift();
    return failure ? Promise.reject(new CoinPayError(failure)) : report(told);
  };
  return { checkout, reports, errors };
}

/** An order that is paid by now. */
async function paid(checkout) {
  const { orderId, statusToken, order } = await checkout.createCheckout({
    cartId: randomUUID(),
    currency: 'USD',
    items: [{ sku: 'e-book', price: '12.00', quantity: 1, digital: true }],
    blockchain: 'BTC',
  });
  const payload = JSON.stringify({
    id: `evt_${orderId}`,
    type: 'payment.confirmed',
    data: { payment_id: order.payment.paymentId, status: 'confirmed' },
    created_at: new Date().toISOString(),
    business_id: businessId,
  });
  const signature = generateWebhookSignature({ payload, secret: SECRET });
  assert.equal((await checkout.handleWebhook(payload, signature)).httpStatus, 200);
  return async () => (await checkout.orderStatus({ orderId, statusToken })).status;
}

async function until(holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'it does not come to that');
    await pause(20);
  }
}

const KINDS = ['send_confirmation_email', 'ship_order', 'order_status_changed'];
const counting = () => {
  const done = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  const effects = Object.fromEntries(KINDS.map((kind) => [kind, () => void (done[kind] += 1)]));
  return { done, effects };
};

test('what ends together is told together, and everything is done once', async () => {
  const { done, effects } = counting();
  const { checkout, reports, errors } = await shop(effects);
  const states = [];
  for (let number = 0; number < 4; number += 1) states.push(await paid(checkout));
  const count = await checkout.runEffects();
  assert.deepEqual([done.ship_order, done.send_confirmation_email], [4, 4]);
  assert.equal(count, 8 + done.order_status_changed);
  for (const status of states) assert.equal(await status(), 'fulfilled');
  assert.ok(reports.length <= 6 && Math.max(...reports) > 4, `reports of ${reports}`);
  assert.deepEqual(errors, []);
  await checkout.close();
});

test('a shipment that is done and cannot be told is not handed out again', async () => {
  const { done, effects } = counting();
  const failing = Array(20).fill('store_unavailable');
  const { checkout, errors } = await shop({ ship_order: effects.ship_order }, { failing });
  const status = await paid(checkout);
  assert.equal(await checkout.runEffects(), 0);
  assert.ok(errors.some((error) => error.code === 'store_unavailable'));
  failing.length = 0;
  assert.equal(await checkout.runEffects(), 0);
  assert.equal(done.ship_order, 1);
  assert.equal(await status(), 'paid', 'in doubt until a person says');
  await checkout.close();
});

test('a report that fails for a moment is made again, and nothing is done for that', async () => {
  const { done, effects } = counting();
  const { checkout, errors } = await shop(effects, { failing: ['store_busy', 'store_busy'] });
  const status = await paid(checkout);
  assert.ok((await checkout.runEffects()) >= 3);
  assert.deepEqual([done.ship_order, done.send_confirmation_email], [1, 1]);
  assert.equal(await status(), 'fulfilled');
  assert.deepEqual(errors, []);
  await checkout.close();
});

test('what a handler throws has that one tried again later', async () => {
  const { done, effects } = counting();
  const send_confirmation_email = () => {
    throw new Error('no mailer');
  };
  const { checkout, errors } = await shop({ ...effects, send_confirmation_email });
  const status = await paid(checkout);
  await checkout.runEffects();
  assert.equal(await status(), 'fulfilled');
  assert.deepEqual([done.ship_order, errors.length], [1, 1]);
  assert.equal((await checkout.health()).effects.due, 1);
  await checkout.close();
});

test('a handler that takes long keeps nothing else from being told', async () => {
  const { effects } = counting();
  let sent;
  const slow = new Promise((resolve) => (sent = resolve));
  const { checkout } = await shop({ ...effects, send_confirmation_email: () => slow });
  const status = await paid(checkout);
  const run = checkout.runEffects();
  await until(async () => (await status()) === 'fulfilled');
  assert.equal((await checkout.health()).effects.claimed, 1, 'the mail');
  sent();
  await run;
  await checkout.close();
});

test('another run helps out while a handler holds up the first', async () => {
  const { effects } = counting();
  let sent;
  const slow = new Promise((resolve) => (sent = resolve));
  let mails = 0;
  const send_confirmation_email = () => ((mails += 1) === 1 ? slow : undefined);
  const handlers = { ...effects, send_confirmation_email };
  // With a timer, a process is one that lives on.
  const { checkout } = await shop(handlers, { workEveryMs: 3_600_000 });
  await paid(checkout);
  const first = checkout.runEffects();
  await until(() => mails === 1);
  const status = await paid(checkout);
  void checkout.runEffects();
  await until(async () => (await status()) === 'fulfilled');
  sent();
  await first;
  await checkout.close();
});
