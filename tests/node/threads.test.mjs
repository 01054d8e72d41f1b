// Worker threads, each with an instance of its own; and what a database that waits must not hold
// up: the event loop, and the pool by which Node reads files.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Checkout, CoinPayError } from 'coinpay-embed';
import { startSandbox } from 'coinpay-embed/testing';
import { confirmed } from './support/shop.mjs';

const script = fileURLToPath(new URL('programs/worker.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'coinpay-threads-'));
let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

const settings = () => ({
  mode: 'test',
  apiKey: sandbox.apiKey,
  businessId: sandbox.businessId,
  baseUrl: sandbox.baseUrl,
  webhookSecrets: [sandbox.webhookSecret],
  requestsPerMinute: 10_000,
});
let carts = 0;
const cart = () => ({
  cartId: `cart-${(carts += 1)}`,
  blockchain: 'BTC',
  currency: 'USD',
  items: [{ sku: 'mug', price: '12.00', quantity: 1, digital: true }],
});
async function opened(checkout, count) {
  const made = [];
  for (let number = 0; number < count; number += 1) {
    const { orderId, statusToken, order } = await checkout.createCheckout(cart());
    const { paymentId, cryptoAmount, address } = order.payment;
    made.push({ orderId, statusToken, paymentId, cryptoAmount, address });
  }
  return made;
}

async function crew(count, database) {
  const told = [];
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(script, { workerData: { settings: settings(), database } });
    const answers = new Map();
    worker.on('message', ({ what, key, number, httpStatus }) => {
      if (what) told.push({ what, key });
      if (number !== undefined) answers.get(number)?.(httpStatus);
    });
    const webhook = (number, { body, headers }) => {
      const answered = new Promise((resolve) => answers.set(number, resolve));
      worker.postMessage({ number, body, signature: headers['x-coinpay-signature'] });
      return answered;
    };
    return { worker, webhook };
  });
  await Promise.all(workers.map(({ worker }) => once(worker, 'message')));
  const countOf = (what, orderId) =>
    told.filter((one) => one.what === what && one.key.includes(orderId)).length;
  return { workers, count: countOf };
}

async function untilFulfilled(checkout, all) {
  const start = Date.now();
  for (const { orderId, statusToken } of all) {
    for (;;) {
      const { status } = await checkout.orderStatus({ orderId, statusToken });
      if (status === 'fulfilled') break;
      assert.ok(Date.now() - start < 60_000, `an order is ${status}`);
      await sleep(50);
    }
  }
}

test('workers on one file do each piece of side work once, whichever ends meanwhile', async () => {
  const database = `sqlite:${join(folder, 'workers.db')}`;
  const checkout = await Checkout.open({ ...settings(), database, workEveryMs: 0 });
  const all = await opened(checkout, 12);
  const { workers, count } = await crew(3, database);
  const [first, second, third] = workers;
  const statuses = await Promise.all(
    all.flatMap((one, number) => {
      const webhook = confirmed(one, sandbox);
      return [first.webhook(number, webhook), second.webhook(number, webhook)];
    }),
  );
  assert.deepEqual(new Set(statuses), new Set([200]));
  await untilFulfilled(checkout, all);
  for (const { orderId } of all) {
    assert.equal(count('ship', orderId), 1);
    assert.equal(count('mail', orderId), 1);
  }
  second.worker.postMessage('close');
  third.worker.postMessage('exit');
  await Promise.all([once(second.worker, 'exit'), once(third.worker, 'exit')]);
  await first.worker.terminate();
  // The addon of the ended workers is gone; this one's works on.
  await untilFulfilled(checkout, all);
  await checkout.close();
});

test('workers that are ended in the middle of webhooks leave the process and the file whole', async () => {
  const database = `sqlite:${join(folder, 'ended.db')}`;
  for (let round = 0; round < 5; round += 1) {
    const checkout = await Checkout.open({ ...settings(), database, workEveryMs: 0 });
    const all = await opened(checkout, 6);
    await checkout.close();
    const { workers } = await crew(2, database);
    for (const [number, one] of all.entries()) {
      for (const { webhook } of workers) void webhook(number, confirmed(one, sandbox));
    }
    await sleep(round);
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    const again = await Checkout.open({ ...settings(), database, workEveryMs: 0 });
    for (const one of all) {
      const { body, headers } = confirmed(one, sandbox);
      const answer = await again.handleWebhook(body, headers['x-coinpay-signature']);
      assert.equal(answer.httpStatus, 200);
      const { orderId, statusToken } = one;
      assert.equal((await again.orderStatus({ orderId, statusToken })).status, 'paid');
    }
    await again.close();
  }
});

test('while the database waits, timers run, files are read, and webhooks are verified', async () => {
  const database = `sqlite:${join(folder, 'waiting.db')}`;
  const checkout = await Checkout.open({ ...settings(), database, workEveryMs: 0 });
  const [one] = await opened(checkout, 1);
  // Another process holds the file's lock.
  const holder = fileURLToPath(new URL('programs/holder.mjs', import.meta.url));
  const words = ['--no-warnings', holder, join(folder, 'waiting.db')];
  const child = spawn(process.env.COINPAY_TEST_NODE_22, words, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const { body, headers } = confirmed(one, sandbox);
  const done = { webhooks: 0 };
  const webhooks = Array.from({ length: 32 }, async () => {
    const answer = await checkout.handleWebhook(body, headers['x-coinpay-signature']);
    done.webhooks += 1;
    return answer.httpStatus;
  });
  for (let turn = 0; turn < 20; turn += 1) {
    await sleep(1);
    await readFile(script);
  }
  assert.equal(done.webhooks, 0, 'the lock is held');
  child.stdin.end();
  await once(child, 'exit');
  assert.deepEqual(new Set(await Promise.all(webhooks)), new Set([200]));
  await checkout.close();
});

test('a checkout that was closed says so, and closing twice is once', async () => {
  const database = `sqlite:${join(folder, 'closed.db')}`;
  const checkout = await Checkout.open({ ...settings(), database });
  await Promise.all([checkout.close(), checkout.close()]);
  await assert.rejects(checkout.health(), (error) => {
    assert.ok(error instanceof CoinPayError);
    return error.code === 'store_unavailable';
  });
});

test('a file that is refused leaves nothing that keeps the process alive', async () => {
  const refused = Checkout.open({ ...settings(), database: `sqlite:${folder}` });
  await assert.rejects(refused, (error) => error.code === 'store_refused');
  await assert.rejects(
    Checkout.open({ ...settings(), mode: 'live', database: 'sqlite::memory:' }),
    (error) => error.code === 'invalid_configuration',
  );
});
