// The examples as a shop would run them: against the sandbox, killed and started again.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { generateWebhookSignature } from 'coinpay-embed';
import { Stage, scenarios, startCarrier, startSandbox } from '../edge/scenarios.mjs';
import { ShopProcess } from './support/process.mjs';
import { SECRET } from './support/sandbox.mjs';

const { COINPAY_TEST_POSTGRES: postgres, COINPAY_TEST_MARIADB: mariadb } = process.env;

const shops = {
  'Express, orders in PostgreSQL': new ShopProcess('express.mjs', { DATABASE: postgres }),
  'Fastify, orders in MariaDB': new ShopProcess('fastify.mjs', { DATABASE: mariadb }),
  'Hono, orders in SQLite': new ShopProcess('hono.mjs'),
};

/** The shop, its gateway and its carrier, for the tests of one suite. */
function staged(shop) {
  const stage = new Stage(shop);
  before(async () => {
    stage.sandbox = await startSandbox(process.env.COINPAY_TEST_COMMAND);
    stage.carrier = await startCarrier();
    await stage.open();
  });
  after(async () => {
    await shop.end();
    stage.carrier.end();
    await stage.sandbox.end();
  });
  return stage;
}

// Each waits for timers more than it works.
describe('every scenario holds', { concurrency: 3 }, () => {
  for (const [name, shop] of Object.entries(shops)) {
    describe(name, { concurrency: 1 }, () => {
      const stage = staged(shop);
      for (const [sentence, scenario] of Object.entries(scenarios)) {
        test(sentence, () => scenario(stage).finally(() => stage.carrier.slow(0)));
      }
    });
  }
});

describe('Express in CommonJS, orders in SQLite', () => {
  const stage = staged(new ShopProcess('commonjs.cjs'));
  for (const sentence of [
    'a paid order is shipped and mailed once',
    'a checkout goes on where the runtime ended',
    'the page and the picture are served to whoever has the token',
  ]) {
    test(sentence, () => scenarios[sentence](stage));
  }
});

for (const script of ['express.mjs', 'fastify.mjs', 'hono.mjs']) {
  describe(`${script}, told to end`, () => {
    const stage = staged(new ShopProcess(script));

    test('answers what it has begun, and loses nothing', async () => {
      const order = await stage.checkout();
      await stage.pay(order);
      const flushed = stage.flush();
      assert.equal(await stage.host.signal('SIGTERM'), 0);
      await flushed;
      await stage.open();
      await stage.pay(order, 'confirm_again', { shape: 'balance_check' });
      await stage.flush();
      await stage.until(order, 'fulfilled');
      stage.shippedOnce(order);
    });
  });
}

describe('a shop that comes from the published SDK', () => {
  const source = (name) => readFileSync(`examples/node/migrate/${name}.mjs`, 'utf8').split('\n');

  test('changes what it imports, and nothing else', () => {
    const [before, changed] = [source('before'), source('after')];
    assert.equal(before.length, changed.length);
    const differ = before.flatMap((line, at) =>
      line === changed[at] ? [] : [[line, changed[at]]],
    );
    for (const [line, other] of differ) {
      if (line.startsWith('//')) continue;
      assert.equal(line.replace('@profullstack/coinpay', 'coinpay-embed'), other);
    }
    assert.equal(differ.length, 3);
  });

  for (const name of ['before', 'after']) {
    describe(name, () => {
      const stage = staged(new ShopProcess(`migrate/${name}.mjs`));

      test('an order is opened, paid, and shown as paid', async () => {
        const order = await stage.checkout();
        for (const field of ['orderId', 'paymentId', 'address', 'cryptoAmount', 'expiresAt']) {
          assert.ok(order[field], field);
        }
        assert.match(order.qrUrl, /\/payments\/.*\/qr$/);
        assert.equal((await stage.status(order)).status, 'awaiting_payment');
        await stage.pay(order, 'pay', { shape: 'balance_check' });
        await stage.flush();
        const seen = await stage.status(order);
        assert.deepEqual([seen.status, seen.paymentStatus], ['paid', 'confirmed']);
        assert.equal(seen.cryptoAmount, order.cryptoAmount);
        // In the same second it would have the same id, and a shop that goes by ids drops it.
        await stage.sandbox.control('/clock/advance', { seconds: 2 });
        await stage.pay(order, 'forward');
        await stage.flush();
        assert.equal((await stage.status(order)).paymentStatus, 'forwarded');
      });

      test('a forgery is refused', async () => {
        const order = await stage.checkout();
        const forged = {
          type: 'payment.confirmed',
          payment_id: order.paymentId,
          signature: 'wrong',
        };
        await stage.sandbox.control('/webhooks/send', forged);
        await stage.flush();
        const { deliveries } = await stage.sandbox.read('/webhooks/deliveries');
        assert.equal(deliveries.at(-1).status, 401);
        assert.equal((await stage.status(order)).status, 'awaiting_payment');
      });

      test(`an unsigned webhook is ${name === 'before' ? 500 : 401}`, async () => {
        const headers = { 'content-type': 'application/json' };
        const sent = { method: 'POST', body: '{}', headers };
        const answer = await fetch(`${stage.host.url}/webhooks/coinpay`, sent);
        assert.equal(answer.status, name === 'before' ? 500 : 401);
      });

      const payments =
        name === 'before' ? 'no order, and a second payment if asked' : 'one payment';
      test(`an answer of the gateway's that is lost makes ${payments}`, async () => {
        const count = async () => (await stage.sandbox.read('/payments')).payments.length;
        const open = async () => {
          const body = '{"cartId":"c1","blockchain":"BTC"}';
          const headers = { 'content-type': 'application/json' };
          const url = `${stage.host.url}/checkout/crypto`;
          return (await fetch(url, { method: 'POST', body, headers })).status;
        };
        const before = await count();
        await stage.fault('error_after_create');
        const status = await open();
        assert.equal(status, name === 'before' ? 500 : 200);
        if (status === 500) assert.equal(await open(), 200);
        assert.equal((await count()) - before, name === 'before' ? 2 : 1);
      });
    });
  }
});

test("a route handler of Next.js serves the shop's routes, and keeps its work alive", async () => {
  const gateway = await startSandbox(process.env.COINPAY_TEST_COMMAND);
  const carrier = await startCarrier();
  const folder = mkdtempSync(join(tmpdir(), 'coinpay-next-'));
  after(() => {
    rmSync(folder, { recursive: true });
    carrier.end();
    return gateway.end();
  });
  Object.assign(process.env, {
    COINPAY_API_KEY: 'cp_test_sandbox',
    COINPAY_BUSINESS_ID: gateway.businessId,
    COINPAY_BASE_URL: gateway.baseUrl,
    COINPAY_WEBHOOK_SECRETS: SECRET,
    CARRIER_URL: carrier.url,
    DATABASE: `sqlite:${join(folder, 'shop.db')}`,
  });
  // Only `after` of Next.js is used, and only this much of it is here.
  const { waited } = await import('next/server');
  const route = await import('../../examples/node/next/route.mjs');
  const at = (path, init) => new Request(`https://shop.example${path}`, init);
  const body = JSON.stringify({ article: 'mug', cartId: 'next', blockchain: 'BTC' });
  const opened = await route.POST(at('/shop/checkout/crypto', { method: 'POST', body }));
  assert.equal(opened.status, 201);
  const order = await opened.json();
  await gateway.control(`/payments/${order.paymentId}/pay`);
  const { deliveries } = await gateway.read('/webhooks/deliveries');
  const payload = deliveries.at(-1).body;
  const headers = { 'x-coinpay-signature': generateWebhookSignature({ payload, secret: SECRET }) };
  const hook = at('/shop/webhooks/coinpay', { method: 'POST', body: payload, headers });
  assert.equal((await route.POST(hook)).status, 200);
  await Promise.all(waited);
  assert.equal(carrier.count('ship', order.orderId), 1);
  assert.equal((await (await route.GET(at(order.statusUrl))).json()).status, 'fulfilled');
});
