// `createWebhookHandler`, as shops have it from the SDK, however they read bodies.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { createWebhookHandler, generateWebhookSignature } from 'coinpay-embed';
import express from 'express';
import express4 from 'express4';
import { listening } from './support/hosts.mjs';

const SECRET = 'whsec_handler';
const EVENT = {
  id: 'evt_1',
  type: 'payment.confirmed',
  created_at: '2026-11-23T10:00:00.000Z',
  business_id: 'b1',
  data: { payment_id: 'p1', status: 'confirmed', received_amount: 0.30000000000000004 },
};
const BODY = JSON.stringify(EVENT);
const sign = (payload, secret = SECRET) => generateWebhookSignature({ payload, secret });

/** What was told to a shop whose handler stands behind these parsers. */
async function mounted(make, parsers, more = {}) {
  const told = { events: [], errors: [] };
  const handler = createWebhookHandler({
    secret: SECRET,
    onEvent: async (event) => void told.events.push(event),
    onError: (error) => told.errors.push(error.code ?? error.message),
    ...more,
  });
  const app = make();
  app.post('/webhook', ...parsers, handler);
  const url = `${await listening(createServer(app))}/webhook`;
  told.send = async (body = BODY, signature = sign(body)) => {
    const headers = { 'content-type': 'application/json' };
    if (signature !== null) headers['x-coinpay-signature'] = signature;
    const answer = await fetch(url, { method: 'POST', body, headers });
    return [answer.status, await answer.json()];
  };
  return told;
}

for (const [name, make] of Object.entries({ 'Express 5': express, 'Express 4': express4 })) {
  const bodies = {
    'no parser': [],
    'express.raw()': [make.raw({ type: 'application/json' })],
    'express.text()': [make.text({ type: '*/*' })],
    'express.json() that keeps the bytes': [
      make.json({ verify: (request, _response, bytes) => void (request.rawBody = bytes) }),
    ],
    'express.json()': [make.json()],
  };
  for (const [how, parsers] of Object.entries(bodies)) {
    describe(`${name} with ${how}`, async () => {
      const told = await mounted(make, parsers);

      test('an event that the gateway signed is handed over', async () => {
        assert.deepEqual(await told.send(), [200, { received: true }]);
        const [event] = told.events;
        assert.deepEqual(event, {
          id: 'evt_1',
          type: 'payment.confirmed',
          data: EVENT.data,
          createdAt: new Date(EVENT.created_at),
          businessId: 'b1',
        });
      });

      test('a header that is missing, empty or wrong is 401', async () => {
        const headers = [null, '', 'nonsense', sign(BODY, 'another')];
        for (const signature of headers) {
          const [status] = await told.send(BODY, signature);
          assert.equal(status, 401, signature);
        }
        assert.deepEqual(told.errors, [
          'signature_missing',
          'signature_missing',
          'signature_malformed',
          'signature_wrong',
        ]);
        assert.equal(told.events.length, 1);
      });
    });
  }

  test(`${name}: a parsed body whose bytes are lost is refused and explained`, async () => {
    const messages = [];
    const told = await mounted(make, [make.json()], {
      onError: (error) => messages.push(error.message),
    });
    const spaced = BODY.replace(',', ', ');
    assert.deepEqual(await told.send(spaced), [401, { error: 'signature_wrong' }]);
    assert.match(messages[0], /express\.raw/);
    assert.equal(told.events.length, 0);
  });
}

test('what the shop throws is 500, so that the event comes again', async () => {
  const told = await mounted(express, [], {
    onEvent: () => Promise.reject(new Error('the database is down')),
  });
  assert.deepEqual(await told.send(), [500, { error: 'internal' }]);
  assert.deepEqual(told.errors, ['the database is down']);
});

test('an authentic body that is no event is taken, and the shop hears of it', async () => {
  const told = await mounted(express, []);
  assert.deepEqual(await told.send('[]'), [200, { received: true }]);
  assert.deepEqual([told.events, told.errors], [[], ['webhook_unreadable']]);
});

test('a body that is too large is 413', async () => {
  const told = await mounted(express, []);
  const [status] = await told.send('x'.repeat(256 * 1024 + 1));
  assert.equal(status, 413);
});

test('while a secret is being replaced both are good', async () => {
  const told = await mounted(express, [], { secret: ['whsec_new', SECRET] });
  assert.equal((await told.send())[0], 200);
  assert.equal((await told.send(BODY, sign(BODY, 'whsec_new')))[0], 200);
});

test('a secret that is not configured lets nothing in', async () => {
  for (const secret of [undefined, '', []]) {
    const told = await mounted(express, [], { secret });
    assert.deepEqual(await told.send(BODY, sign(BODY, '')), [401, { error: 'secret_missing' }]);
  }
});

test('it serves plain http, and the requests that unit tests make up', async () => {
  const events = [];
  const handler = createWebhookHandler({ secret: SECRET, onEvent: (event) => events.push(event) });
  const url = await listening(createServer(handler));
  const headers = { 'x-coinpay-signature': sign(BODY) };
  const answer = await fetch(url, { method: 'POST', body: BODY, headers });
  assert.deepEqual(await answer.json(), { received: true });

  for (const body of [BODY, Buffer.from(BODY), EVENT]) {
    const said = [];
    const response = { status: (code) => ({ json: (document) => said.push(code, document) }) };
    await handler({ headers, body }, response);
    assert.deepEqual(said, [200, { received: true }]);
  }
  assert.equal(events.length, 4);
});
