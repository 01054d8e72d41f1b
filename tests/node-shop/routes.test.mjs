// The five routes, the same in every framework.

import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import { describe, test } from 'node:test';
import { CoinPayError, generateWebhookSignature } from 'coinpay-embed';
import { expressHandler } from 'coinpay-embed/express';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import express from 'express';
import express4 from 'express4';
import { HOSTS, listening } from './support/hosts.mjs';
import { mug, openCheckout, sandbox, SECRET } from './support/sandbox.mjs';

const gateway = await sandbox();
const shipped = [];
const checkout = await openCheckout(gateway, {
  effects: { ship_order: (effect) => void shipped.push(effect.orderId) },
});

const options = {
  page: payPage,
  origins: ['https://page.example'],
  customer: (request) => headerOf(request, 'x-customer') ?? undefined,
  cart(body) {
    if (body.article === 'broken') throw new Error('the shop has a defect');
    if (body.article === 'refused') throw new CoinPayError('out_of_stock');
    const { article, cartId = crypto.randomUUID(), quantity = 1 } = body;
    return article === 'mug' ? mug({ cartId, quantity }) : null;
  },
};
const headerOf = ({ headers }, name) => headers.get?.(name) ?? headers[name] ?? null;

const post = (url, body, headers = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const order = (base, article, headers) =>
  post(`${base}/checkout/crypto`, JSON.stringify({ article }), headers);
const webhook = (base, payload, signature) =>
  post(
    `${base}/webhooks/coinpay`,
    payload,
    signature === undefined ? {} : { 'x-coinpay-signature': signature },
  );
const sign = (payload, secret = SECRET) => generateWebhookSignature({ payload, secret });

/** The body of the gateway's event about a payment, for one that was just paid. */
async function paidEvent(paymentId) {
  await gateway.control(`/payments/${paymentId}/pay`);
  const { deliveries } = await gateway.read('/webhooks/deliveries');
  return deliveries.findLast((one) => one.payment_id === paymentId).body;
}

for (const [name, host] of Object.entries(HOSTS)) {
  describe(name, async () => {
    const base = await host.mount(checkout, options);

    test('an order is opened, shown, paid and shipped', async () => {
      const opened = await order(base, 'mug');
      assert.equal(opened.status, 201);
      assert.match(opened.headers.get('content-type'), /^application\/json/);
      const cart = await opened.json();
      assert.equal(cart.outcome, 'created');
      assert.equal(cart.order.payment.address, cart.address);
      assert.match(cart.expiresAt, /^\d{4}-\d\d-\d\dT/);

      const page = await fetch(base + cart.payUrl);
      assert.match(page.headers.get('content-security-policy'), /nonce-/);
      assert.ok((await page.text()).includes(cart.statusUrl.split('?')[0]));
      const picture = await fetch(base + cart.qrUrl);
      assert.equal(picture.headers.get('content-type'), 'image/svg+xml');
      assert.match(await picture.text(), /^<svg /);

      const payload = await paidEvent(cart.paymentId);
      const taken = await webhook(base, payload, sign(payload));
      assert.deepEqual([taken.status, await taken.json()], [200, { received: true }]);
      const again = await webhook(base, payload, sign(payload));
      assert.equal(again.status, 200);
      await checkout.runEffects();
      const status = await (await fetch(base + cart.statusUrl)).json();
      assert.equal(status.status, 'fulfilled');
      assert.equal(shipped.filter((id) => id === cart.orderId).length, 1);
    });

    test('a cart that has changed is a conflict, and its old order is not to be paid', async () => {
      const cartId = crypto.randomUUID();
      const opened = (quantity) =>
        post(`${base}/checkout/crypto`, JSON.stringify({ article: 'mug', cartId, quantity }));
      assert.equal((await opened(1)).status, 201);
      assert.equal((await opened(1)).status, 200);
      const changed = await opened(2);
      const { error, address } = await changed.json();
      assert.deepEqual([changed.status, address], [409, undefined]);
      assert.match(error, /^exists_with_different_/);
    });

    test('what the gateway did not sign is refused, with a code and no more', async () => {
      const cart = await (await order(base, 'mug')).json();
      const payload = await paidEvent(cart.paymentId);
      for (const [signature, code] of [
        [undefined, 'signature_missing'],
        ['', 'signature_missing'],
        ['t=abc,v1=00', 'signature_malformed'],
        [sign(payload, 'another'), 'signature_wrong'],
        [sign(`${payload} `), 'signature_wrong'],
      ]) {
        const refused = await webhook(base, payload, signature);
        assert.deepEqual([refused.status, await refused.json()], [401, { error: code }]);
      }
      const status = await (await fetch(base + cart.statusUrl)).json();
      assert.equal(status.status, 'awaiting_payment');
    });

    test('a body is read byte for byte, whatever its type and its encoding', async () => {
      // No parser gives these back: spaces, an escape, a number of 20 digits.
      const payload =
        '{ "id":"evt_1", "type":"test.webhook",\n"data":{"\\u0061":12345678901234567890} }';
      for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
        const taken = await post(`${base}/webhooks/coinpay`, payload, {
          'content-type': type,
          'x-coinpay-signature': sign(payload),
        });
        assert.equal(taken.status, 200, type);
      }
    });

    test('a body that is too large is refused, announced or not', async () => {
      const large = 'x'.repeat(256 * 1024 + 1);
      const announced = await webhook(base, large, sign(large));
      assert.deepEqual(
        [announced.status, await announced.json()],
        [413, { error: 'body_too_large' }],
      );
      assert.equal(await inChunks(`${base}/webhooks/coinpay`, large), 413);
      const largest = 'x'.repeat(256 * 1024);
      assert.equal((await webhook(base, largest, sign(largest))).status, 200);
    });

    test('orders are shown to their customer and to whoever has the token', async () => {
      const cart = await (await order(base, 'mug', { 'x-customer': `anna ${name}` })).json();
      const path = `${base}/orders/${cart.orderId}/status`;
      const statusOf = async (url, customer) =>
        (await fetch(url, customer ? { headers: { 'x-customer': customer } } : {})).status;
      assert.equal(await statusOf(path, `anna ${name}`), 200);
      assert.equal(await statusOf(path, 'bert'), 404);
      assert.equal(await statusOf(path), 404);
      assert.equal(await statusOf(`${path}?token=guess`), 404);
      assert.equal(await statusOf(base + cart.statusUrl), 200);
      // Some frameworks refuse such a path by themselves.
      const garbled = await statusOf(`${base}/orders/%E0%A4%A/status`);
      assert.ok([400, 404].includes(garbled), garbled);
    });

    test('mistakes are told apart, and the shop hears of its own', async () => {
      const outcome = async (answer) => [(await answer).status, await (await answer).json()];
      assert.deepEqual(await outcome(order(base, 'nothing')), [404, { error: 'not_found' }]);
      const [status, refused] = await outcome(order(base, 'refused'));
      assert.deepEqual([status, refused.error], [409, 'out_of_stock']);
      const [code, unreadable] = await outcome(post(`${base}/checkout/crypto`, '{'));
      assert.deepEqual([code, unreadable.error], [400, 'invalid_input']);
      const broken = await outcome(order(base, 'broken'));
      const told = host.catches ? { caught: 'the shop has a defect' } : { error: 'internal' };
      assert.deepEqual(broken, [host.catches ? 418 : 500, told]);
      const method = await fetch(`${base}/webhooks/coinpay`, { method: 'PUT', body: '{}' });
      assert.deepEqual([method.status, method.headers.get('allow')], [405, 'POST']);
    });

    test('a page elsewhere may call, if it is named', async () => {
      const asked = (origin, method) =>
        fetch(`${base}/checkout/crypto`, { method, headers: { origin } });
      const named = await asked('https://page.example', 'OPTIONS');
      assert.equal(named.status, 204);
      assert.equal(named.headers.get('access-control-allow-origin'), 'https://page.example');
      const other = await asked('https://other.example', 'OPTIONS');
      assert.equal(other.headers.get('access-control-allow-origin'), null);
    });

    test("the shop's own routes and parsers stay as they are", async () => {
      const own = await post(`${base}/own`, '{"a":1}');
      assert.deepEqual(await own.json(), { own: { a: 1 } });
      assert.equal((await fetch(`${base}/elsewhere`)).status, 404);
    });

    test('mounted under a prefix, its links have it too', async () => {
      const under = await host.mount(checkout, options, { prefix: '/shop' });
      const cart = await (await order(`${under}/shop`, 'mug')).json();
      assert.match(cart.statusUrl, /^\/shop\/orders\//);
      assert.equal((await fetch(under + cart.statusUrl)).status, 200);
      assert.equal((await fetch(under + cart.payUrl)).status, 200);
      const payload = await paidEvent(cart.paymentId);
      assert.equal((await webhook(`${under}/shop`, payload, sign(payload))).status, 200);
      assert.equal((await webhook(under, payload, sign(payload))).status, 404);
    });
  });
}

/** The status of the answer to a body whose length nobody says beforehand. */
function inChunks(url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    const sent = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    for (let at = 0; at < body.length; at += 50_000) sent.write(body.slice(at, at + 50_000));
    sent.end();
  });
}

for (const [name, make] of Object.entries({ 'Express 5': express, 'Express 4': express4 })) {
  test(`${name}: bytes that a parser has kept are as good as the stream`, async () => {
    for (const parser of [
      make.raw({ type: '*/*' }),
      make.text({ type: '*/*' }),
      make.json({ verify: (request, _response, bytes) => void (request.rawBody = bytes) }),
    ]) {
      const base = await listening(
        createServer(make().use(parser).use(expressHandler(checkout, options))),
      );
      const cart = await (await order(base, 'mug')).json();
      const payload = await paidEvent(cart.paymentId);
      assert.equal((await webhook(base, payload, sign(payload))).status, 200);
    }
  });

  test(`${name}: a body that was parsed before is an error that says what to change`, async () => {
    const base = await listening(
      createServer(make().use(make.json()).use(expressHandler(checkout, options))),
    );
    // A cart is a document anyway.
    const opened = await order(base, 'mug');
    assert.equal(opened.status, 201);
    const payload = await paidEvent((await opened.json()).paymentId);
    const refused = await webhook(base, payload, sign(payload));
    const { error, message } = await refused.json();
    assert.deepEqual([refused.status, error], [500, 'invalid_configuration']);
    assert.match(message, /before express\.json\(\)/);
    // An empty body is one too.
    const empty = await webhook(base, '', sign(''));
    assert.equal(empty.status, 200);
  });
}

test('without Express the same handler serves plain http', async () => {
  const base = await listening(createServer(expressHandler(checkout, options)));
  assert.equal((await order(base, 'mug')).status, 201);
  assert.equal((await fetch(`${base}/elsewhere`)).status, 404);
});

test('a request whose body was read before is an error that says so', async () => {
  const handler = fetchHandler(checkout, options);
  const request = new Request('http://shop.example/webhooks/coinpay', {
    method: 'POST',
    body: '{}',
    headers: { 'x-coinpay-signature': sign('{}') },
  });
  await request.text();
  const refused = await handler(request);
  const { error, message } = await refused.json();
  assert.deepEqual([refused.status, error], [500, 'invalid_configuration']);
  assert.match(message, /a clone/);
});

test('what goes on after the answer is told to platforms that would end it', async () => {
  const handler = fetchHandler(checkout, options);
  const waited = [];
  const request = new Request('http://shop.example/checkout/crypto', {
    method: 'POST',
    body: '{"article":"mug"}',
  });
  const answer = await handler(request, { waitUntil: (work) => waited.push(work) });
  assert.deepEqual([answer.status, waited.length], [201, 1]);
  await Promise.all(waited);
});
