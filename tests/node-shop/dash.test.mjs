// The operator's view, the same in every framework, behind a login that believes a header.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import { generateWebhookSignature } from 'coinpay-embed';
import { expressDash, fastifyDash, fetchDash } from 'coinpay-embed/dash';
import express from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import Fastify4 from 'fastify4';
import { Hono } from 'hono';
import { DASH_SECRET, Desk, METRICS_TOKEN, PLACE, dashScenarios } from '../edge/dash.mjs';
import { listening } from './support/hosts.mjs';
import { mug, openCheckout, sandbox, SECRET } from './support/sandbox.mjs';

const gateway = await sandbox();
const checkout = await openCheckout(gateway);

const headerOf = ({ headers }, name) => headers.get?.(name) ?? headers[name] ?? null;
const options = {
  secret: DASH_SECRET,
  metricsToken: METRICS_TOKEN,
  actor: async (request) => headerOf(request, 'x-user'),
};

const inExpress =
  (make, ...parsers) =>
  () => {
    const app = make();
    if (parsers.length > 0) app.use(...parsers);
    app.use(PLACE, expressDash(checkout, options));
    app.get('/own', (_request, response) => response.json({ own: true }));
    return listening(createServer(app));
  };

const inFastify = (make) => async () => {
  const app = make();
  app.register(fastifyDash(checkout, options), { prefix: PLACE });
  app.get('/own', async () => ({ own: true }));
  after(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
};

async function inHono() {
  const dash = fetchDash(checkout, { ...options, basePath: PLACE });
  const app = new Hono();
  app.get('/own', (context) => context.json({ own: true }));
  app.all(PLACE, (context) => dash(context.req.raw));
  app.all(`${PLACE}/*`, (context) => dash(context.req.raw));
  let server;
  const port = await new Promise((resolve) => {
    const where = { fetch: app.fetch, hostname: '127.0.0.1', port: 0 };
    server = serve(where, (info) => resolve(info.port));
  });
  after(() => server.close());
  return `http://127.0.0.1:${port}`;
}

const MOUNTS = {
  'Express 5': inExpress(express),
  'Express 4': inExpress(express4),
  'Express 5 behind express.urlencoded()': inExpress(
    express,
    express.urlencoded({ extended: false }),
  ),
  'Fastify 5': inFastify(Fastify),
  'Fastify 4': inFastify(Fastify4),
  Hono: inHono,
};

async function underpaid() {
  const order = await checkout.createCheckout(mug());
  const { paymentId } = order.order.payment;
  await gateway.control('/faults', { name: 'confirm_short', times: 1 });
  await gateway.control(`/payments/${paymentId}/underpay`, { by: '1/2' });
  const { deliveries } = await gateway.read('/webhooks/deliveries');
  for (const { body } of deliveries.filter((one) => one.payment_id === paymentId)) {
    const signature = generateWebhookSignature({ payload: body, secret: SECRET });
    await checkout.handleWebhook(body, signature);
  }
  return order;
}

for (const [name, mount] of Object.entries(MOUNTS)) {
  describe(name, async () => {
    const desk = new Desk({
      origin: await mount(),
      login: { 'x-user': 'anna' },
      name: 'anna',
      underpaid,
      status: async ({ orderId, statusToken }) =>
        (await checkout.orderStatus({ orderId, statusToken })).status,
    });
    for (const [sentence, scenario] of Object.entries(dashScenarios)) {
      // A parser of the shop's has limits of its own.
      if (name.includes('urlencoded') && sentence === 'what is no page is told so') continue;
      test(sentence, () => scenario(desk));
    }

    test("another operator's token is none", async () => {
      const order = await underpaid();
      const path = `/orders/${order.orderId}`;
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec(await desk.page(path));
      const refused = await desk.post(path, { act: 'close', csrf }, { 'x-user': 'bert' });
      assert.equal(refused.status, 403);
      assert.equal(await desk.status(order), 'needs_review');
    });

    test("the shop's own routes stay as they are", async () => {
      const origin = new URL(desk.url).origin;
      assert.deepEqual(await (await fetch(`${origin}/own`)).json(), { own: true });
      assert.equal((await fetch(`${origin}${PLACE}istan`, { headers: desk.login })).status, 404);
    });
  });
}

test('a mount that would let everybody in is none', () => {
  for (const [wrong, why] of [
    [{ actor: undefined }, /actor/],
    [{ secret: 'short' }, /secret: has at least 32/],
    [{ secret: undefined }, /secret/],
    [{ metricsToken: '' }, /metricsToken/],
  ]) {
    for (const make of [fetchDash, expressDash, fastifyDash]) {
      assert.throws(
        () => make(checkout, { ...options, ...wrong }),
        (error) => {
          assert.equal(error.code, 'invalid_configuration');
          assert.match(error.message, why);
          return true;
        },
      );
    }
  }
});

test('whatever the login gives but a name is nobody', async () => {
  for (const actor of [null, undefined, '', ' ', true, { name: 'anna' }]) {
    const dash = fetchDash(checkout, { ...options, basePath: PLACE, actor: () => actor });
    const answer = await dash(new Request(`http://shop.example${PLACE}/orders`));
    assert.equal(answer.status, 403, JSON.stringify(actor));
  }
});
