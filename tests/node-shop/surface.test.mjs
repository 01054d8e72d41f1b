// The published SDK's names and its client's arguments and results, beside the SDK itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import * as sdk from '@profullstack/coinpay';
import * as ours from 'coinpay-embed';
import { listening } from './support/hosts.mjs';
import { sandbox } from './support/sandbox.mjs';

const { CoinPayClient, CoinPayError } = ours;
const gateway = await sandbox();
const options = { apiKey: 'cp_test_sandbox', baseUrl: gateway.baseUrl };
const client = new CoinPayClient(options);
const params = (more = {}) => ({
  businessId: gateway.businessId,
  amount: 25.5,
  currency: 'USD',
  blockchain: 'BTC',
  description: 'Order #1',
  metadata: { orderId: '1', items: [{ sku: 'mug', qty: 2 }] },
  ...more,
});

async function refusal(work) {
  const error = await work.then(
    () => assert.fail('it was done'),
    (error) => error,
  );
  assert.ok(error instanceof CoinPayError, error.stack);
  return error;
}

/** A gateway of one answer, for what the sandbox does not say. */
async function answering(answer) {
  const heard = [];
  const baseUrl = await listening(
    createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        heard.push({ method, url, headers, body });
        answer(request, response, heard.length);
      });
    }),
  );
  return { client: new CoinPayClient({ apiKey: 'cp_test_a', baseUrl }), heard };
}

const requestsFor = async (path) => {
  const { requests } = await gateway.read('/requests');
  return requests.filter((one) => one.path.includes(path));
};

describe('names', () => {
  test("every function, class and constant of a shop's is there", () => {
    for (const [name, value] of Object.entries(sdk)) {
      if (name === 'default' || name === 'CoinPayClient') continue;
      assert.equal(typeof ours[name], typeof value, name);
      if (typeof value !== 'object') continue;
      for (const [key, text] of Object.entries(value)) assert.equal(ours[name][key], text, key);
    }
    assert.equal(ours.default, CoinPayClient);
  });

  test('events and statuses that the gateway sends are named', () => {
    assert.equal(ours.WebhookEvent.PAYMENT_CONFIRMED, 'payment.confirmed');
    assert.equal(ours.WebhookEvent.PAYMENT_FORWARDED, 'payment.forwarded');
    assert.equal(ours.PaymentStatus.CONFIRMED, 'confirmed');
    assert.equal(ours.Blockchain.USDC_BASE, 'USDC_BASE');
    assert.equal(ours.Cryptocurrency, ours.Blockchain);
  });

  test("the client has every method about payments that the SDK's has", () => {
    const guide = readFileSync('docs/node-adapters.md', 'utf8');
    const [, listed] = /those calls are here that payments need: ([^.]*)\./.exec(guide);
    const names = [...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    assert.equal(names.length, 13);
    for (const name of names) {
      assert.equal(typeof sdk.CoinPayClient.prototype[name], 'function', name);
      assert.equal(typeof client[name], 'function', name);
    }
  });
});

describe('payments', () => {
  test('a payment is created and read with its amount under both names', async () => {
    const { success, payment, usage } = await client.createPayment(params());
    assert.equal(success, true);
    assert.ok(payment.crypto_amount);
    assert.equal(payment.crypto_amount, payment.amount_crypto);
    assert.ok(payment.payment_address && payment.expires_at);
    assert.equal(usage.remaining, usage.limit - usage.current);
    const read = await client.getPayment(payment.id);
    assert.deepEqual([read.success, read.payment.status], [true, 'pending']);
    assert.equal(read.payment.crypto_amount, read.payment.amount_crypto);
    for (const name of ['crypto_amount_missing', 'amount_crypto_missing', 'nested_answer']) {
      await gateway.control('/faults', { name, times: 1 });
      const again = await client.createPayment(params());
      assert.equal(again.payment.crypto_amount, again.payment.amount_crypto, name);
      assert.ok(again.payment.crypto_amount, name);
    }
  });

  test('what is asked for is what the SDK asks for', async () => {
    const heard = [];
    const fetch = async (url, init) => {
      const body = init.body && (await new Response(init.body).json());
      heard.push([init.method ?? 'GET', url, body]);
      return Response.json({
        success: true,
        payment: { id: 'p1', status: 'pending', payment_address: 'a', crypto_amount: '1' },
        payments: [],
        tokens: [],
        coins: [],
      });
    };
    const calls = async (each) => {
      heard.length = 0;
      await each.createPayment({ ...params(), blockchain: 'usdc_pol' });
      await each.getPayment('p1');
      await each.listPayments({ businessId: 'b 1', status: 'pending' });
      await each.getSupportedCoins({ businessId: 'b1', activeOnly: true });
      await each.getTokens();
      await each.getBusiness('b1');
      await each.listBusinesses();
      return heard.slice();
    };
    const own = await calls(new CoinPayClient({ ...options, fetch }));
    const before = globalThis.fetch;
    globalThis.fetch = fetch;
    const theirs = await calls(new sdk.CoinPayClient(options)).finally(() => {
      globalThis.fetch = before;
    });
    assert.deepEqual(own, theirs);
    assert.equal(
      client.getPaymentQRUrl('p1'),
      new sdk.CoinPayClient({ ...options, baseUrl: `${options.baseUrl}/` }).getPaymentQRUrl('p1'),
    );
  });

  test('the functions without a client do the same, also by one that is kept', async () => {
    const { payment } = await ours.createPayment({ ...options, ...params() });
    const byClient = await ours.getPayment({ client, paymentId: payment.id });
    assert.equal(byClient.payment.id, payment.id);
    assert.ok((await ours.getTokens({ ...options, activeOnly: true })).tokens.length > 0);
    assert.ok((await ours.getSupportedCoins({ client })).coins.length > 0);
    const refused = await refusal(ours.listPayments({ client, businessId: gateway.businessId }));
    assert.deepEqual([refused.code, refused.status], ['gateway_unauthorized', 401]);
  });

  test('a picture, a rate and rates are fetched where the gateway has them', async () => {
    const { payment } = await client.createPayment(params());
    const picture = new Uint8Array(await client.getPaymentQR(payment.id));
    assert.deepEqual([...picture.slice(1, 4)], [...Buffer.from('PNG')]);
    assert.ok((await client.getExchangeRate('BTC')).rate > 0);
    assert.ok((await client.getExchangeRates(['BTC', 'ETH'], 'EUR')).rates.ETH > 0);
    await gateway.control('/faults', { name: 'rate_exactly_one', times: 1 });
    assert.equal((await refusal(client.getExchangeRate('BTC', 'EUR'))).code, 'rate_doubtful');
  });

  test('a currency that the gateway would take for dollars is refused before anything is sent', async () => {
    const before = (await requestsFor('/payments/create')).length;
    const refused = await refusal(client.createPayment(params({ currency: 'EUR' })));
    assert.equal(refused.code, 'invalid_input');
    assert.equal((await requestsFor('/payments/create')).length, before);
  });
});

describe('repeating', () => {
  test('an answer that is lost makes no second payment: the key is the same', async () => {
    for (const name of ['error_after_create', 'drop_after_create']) {
      const before = (await gateway.read('/payments')).payments.length;
      await gateway.control('/faults', { name, times: 1 });
      const { payment, idempotent_replay: replay } = await client.createPayment(params());
      const { payments } = await gateway.read('/payments');
      assert.deepEqual([payments.length, replay], [before + 1, true], name);
      assert.equal(payments.at(-1).id, payment.id);
    }
    const keys = (await requestsFor('/payments/create')).map((one) => one.idempotency_key);
    assert.equal(keys.at(-1), keys.at(-2));
  });

  test("the shop's own key makes one payment, however often it is sent", async () => {
    const idempotencyKey = `order-${crypto.randomUUID()}`;
    const first = await client.createPayment(params({ idempotencyKey }));
    const second = await client.createPayment(params({ idempotencyKey }));
    assert.equal(second.payment.id, first.payment.id);
  });

  test('a gateway that fails for a moment is asked again, as late as it says', async () => {
    for (const name of ['unavailable', 'server_error', 'not_json', 'drop_connection']) {
      await gateway.control('/faults', { name, times: 1, route: 'tokens' });
      assert.ok((await client.getTokens()).tokens.length > 0, name);
    }
    const { client: told, heard } = await answering((_request, response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': '1' }).end('{}');
      else response.end('{"success":true}');
    });
    const begun = Date.now();
    await told.listBusinesses();
    assert.deepEqual([heard.length, Date.now() - begun >= 990], [2, true]);
  });

  test('one that wants a long rest is left in peace, and its wish handed on', async () => {
    const { client: told, heard } = await answering((_request, response) => {
      response.writeHead(429, { 'retry-after': '60' }).end('{"error":"slow down"}');
    });
    const refused = await refusal(told.createPayment(params()));
    assert.deepEqual([refused.code, refused.status], ['gateway_rate_limited', 429]);
    assert.deepEqual([refused.retryAfterMs, refused.retryable], [60_000, true]);
    assert.equal(heard.length, 1);
  });

  test('a call that changes something is sent once', async () => {
    const { client: told, heard } = await answering((_request, response) => {
      response.writeHead(503).end();
    });
    const post = { method: 'POST', body: '{"name":"Shop"}' };
    assert.equal((await refusal(told.request('/businesses', post))).status, 503);
    const [{ method, body, headers }] = heard;
    assert.deepEqual([heard.length, method, body], [1, 'POST', '{"name":"Shop"}']);
    assert.equal(headers.authorization, 'Bearer cp_test_a');
  });
});

describe('errors', () => {
  const refused = async (status, body, headers = {}) => {
    const { client: told } = await answering((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    return refusal(told.createPayment(params()));
  };

  test('each has a code, the status, the gateway’s own code, and what it said', async () => {
    const body = { success: false, error: 'No wallet for BTC', code: 'NO_WALLET' };
    const error = await refused(400, JSON.stringify(body));
    assert.deepEqual([error.code, error.status], ['gateway_refused', 400]);
    assert.equal(error.gatewayCode, 'NO_WALLET');
    assert.match(error.message, /No wallet for BTC/);
    assert.deepEqual(error.response, body);
    assert.ok(!JSON.stringify(error).includes('No wallet'), 'not where an error is logged');
    const nested = { error: { code: 'AMOUNT_TOO_LARGE', message: 'too much' } };
    assert.equal((await refused(400, JSON.stringify(nested))).code, 'amount_too_large');
    for (const [status, code] of [
      [401, 'gateway_unauthorized'],
      [403, 'gateway_forbidden'],
      [404, 'gateway_not_found'],
    ]) {
      const error = await refused(status, '{"success":false,"error":"no"}');
      assert.deepEqual([error.code, error.status, error.retryable], [code, status, false]);
    }
    const quota = await refused(429, '{"error":"quota","usage":{"current":100,"limit":100}}');
    assert.deepEqual([quota.code, quota.retryable], ['gateway_quota_exceeded', false]);
  });

  test('a page of HTML is an error with its status, and no page', async () => {
    const html = '<html><body>Bad gateway at 10.0.0.1</body></html>';
    const { client: told } = await answering((_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html', 'retry-after': '30' }).end(html);
    });
    const error = await refusal(told.getPayment('p1'));
    assert.deepEqual([error.code, error.status], ['gateway_unavailable', 502]);
    assert.match(error.message, /HTML/);
    assert.ok(!error.message.includes('10.0.0.1'));
    assert.equal(error.response, undefined);
  });

  test('no answer, or none in time, is unreachable', async () => {
    const nowhere = new CoinPayClient({ apiKey: 'cp_test_a', baseUrl: 'http://127.0.0.1:9' });
    const post = { method: 'POST', body: '{}' };
    assert.equal((await refusal(nowhere.request('/x', post))).code, 'gateway_unreachable');
    const { heard } = await answering(() => undefined);
    const silent = await listening(createServer(() => undefined));
    const slow = new CoinPayClient({ apiKey: 'cp_test_a', baseUrl: silent, timeout: 100 });
    assert.equal((await refusal(slow.request('/x', post))).code, 'gateway_unreachable');
    assert.equal(heard.length, 0);
  });

  test('without a key nothing is sent that needs one, and no key goes elsewhere', async () => {
    const keyless = new CoinPayClient({ baseUrl: gateway.baseUrl });
    assert.equal((await refusal(keyless.createPayment(params()))).code, 'invalid_input');
    assert.equal((await refusal(keyless.getPayment('no-such'))).code, 'gateway_not_found');
    const { client: other, heard } = await answering((_request, response) => response.end('{}'));
    assert.ok(other);
    const tricked = new CoinPayClient({ apiKey: 'cp_test_a', baseUrl: 'http://127.0.0.1:9' });
    await refusal(tricked.request('@127.0.0.1/x', { method: 'POST' }));
    assert.equal(heard.length, 0);
  });
});

describe('waiting', () => {
  const playing = (statuses) =>
    answering((_request, response, count) => {
      const status = statuses[Math.min(count, statuses.length) - 1];
      if (typeof status === 'number') response.writeHead(status, { 'retry-after': '99' }).end();
      else response.end(JSON.stringify({ success: true, payment: { id: 'p1', status } }));
    });

  test('it ends at a status that is the end, and tells of each change but the first', async () => {
    for (const last of ['confirmed', 'forwarded', 'expired', 'failed', 'completed', 'cancelled']) {
      const { client: told } = await playing(['pending', 'pending', 'detected', last]);
      const changes = [];
      const onStatusChange = (status, payment) => changes.push([status, payment.id]);
      const { payment } = await told.waitForPayment('p1', { interval: 5, onStatusChange });
      assert.equal(payment.status, last);
      assert.deepEqual(changes, [
        ['detected', 'p1'],
        [last, 'p1'],
      ]);
    }
  });

  test('it ends at the statuses that are asked for', async () => {
    const { client: told } = await playing(['pending', 'detected', 'confirmed']);
    const asked = { interval: 5, targetStatuses: ['detected'] };
    assert.equal((await told.waitForPayment('p1', asked)).payment.status, 'detected');
  });

  test('a gateway that fails for a while does not end it; a refusal does', async () => {
    const { client: told } = await playing(['pending', 503, 503, 'confirmed']);
    assert.equal((await told.waitForPayment('p1', { interval: 5 })).payment.status, 'confirmed');
    const { client: refused } = await playing(['pending', 401]);
    const error = await refusal(refused.waitForPayment('p1', { interval: 5 }));
    assert.equal(error.code, 'gateway_unauthorized');
  });

  test('it ends when its time is over', async () => {
    const { client: told } = await playing(['pending']);
    const error = await refusal(told.waitForPayment('p1', { interval: 20, timeout: 100 }));
    assert.match(error.message, /timed out after 100ms/);
  });
});
