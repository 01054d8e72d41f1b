// However a shop's process ends and however many there are: nothing is lost, nothing done twice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from 'coinpay-embed/testing';
import { startCarrier } from '../edge/scenarios.mjs';
import { Program } from './support/program.mjs';
import { confirmed, environment, order, orders, send, statusOf, until } from './support/shop.mjs';

let sandbox;
let carrier;
before(async () => {
  sandbox = await startSandbox();
  carrier = await startCarrier();
});
after(async () => {
  carrier.end();
  await sandbox.close();
});

const shippedOnce = (all) => {
  for (const { orderId } of all) {
    assert.equal(carrier.count('ship', orderId), 1, `${orderId} was shipped once`);
    assert.equal(carrier.count('mail', orderId), 1, `${orderId} was mailed once`);
  }
};

const begunShops = [];
after(() => Promise.all(begunShops.map((shop) => shop.kill())));

async function begun(settings, folder) {
  const shop = new Program('shop.mjs', settings, folder);
  begunShops.push(shop);
  await shop.start(environment(sandbox, carrier));
  return shop;
}

/** Webhooks of all orders at once; gives the orders by whether they were answered 200. */
async function sendAll(shop, all) {
  const statuses = await Promise.all(all.map((one) => send(shop, confirmed(one, sandbox))));
  const where = (is) => all.filter((_, at) => (statuses[at] === 200) === is);
  return { answered: where(true), unanswered: where(false), statuses };
}

async function goesOn(folder, answered, unanswered) {
  const again = await begun({}, folder);
  for (const one of answered) {
    const seen = await statusOf(again, one);
    assert.ok(['paid', 'fulfilled'].includes(seen), `answered with 200, and is ${seen}`);
  }
  // The gateway sends again what was not answered.
  for (const one of unanswered) assert.equal(await send(again, confirmed(one, sandbox)), 200);
  await until(again, [...answered, ...unanswered], ['fulfilled']);
  shippedOnce([...answered, ...unanswered]);
  await again.end();
}

test('process.exit in the middle of webhooks loses none that was answered', async () => {
  // Nothing is shipped before the end, which would leave a shipment uncertain.
  const idle = { WORK_EVERY_MS: '0', NO_EFFECTS: '1' };
  const shop = await begun(idle);
  const all = await orders([shop, shop, shop, shop], 24);
  await shop.kill();
  carrier.slow(0);
  const short = await begun({ ...idle, EXIT_AFTER: '9' }, shop.folder);
  const { answered, unanswered } = await sendAll(short, all);
  const { code, errors } = await short.ended();
  assert.equal(code, 7, errors);
  assert.ok(answered.length >= 9 && unanswered.length > 0, `${answered.length} were answered`);
  await goesOn(shop.folder, answered, unanswered);
});

test('SIGTERM during webhooks lets each that came come to its end', async () => {
  const shop = await begun({});
  const all = await orders([shop, shop, shop, shop], 16);
  carrier.slow(300);
  const sent = sendAll(shop, all);
  const shipping = carrier.hears('ship');
  const [{ answered, unanswered }, ending] = await Promise.all([
    sent,
    shipping.then(() => shop.signal('SIGTERM')),
  ]);
  carrier.slow(0);
  assert.deepEqual({ code: ending.code, errors: ending.errors }, { code: 0, errors: '' });
  await goesOn(shop.folder, answered, unanswered);
});

test('a shipment that is under way is completed before the end by SIGTERM', async () => {
  const shop = await begun({});
  const one = await order(shop);
  carrier.slow(1_000);
  const shipping = carrier.hears('ship');
  assert.equal(await send(shop, confirmed(one, sandbox)), 200);
  await shipping;
  const { code } = await shop.signal('SIGTERM');
  carrier.slow(0);
  assert.equal(code, 0);
  const again = await begun({ WORK_EVERY_MS: '0' }, shop.folder);
  assert.equal(await statusOf(again, one), 'fulfilled');
  shippedOnce([one]);
  await again.end();
});

test('two processes on one file end where one would have', async () => {
  const first = await begun({ WORK_EVERY_MS: '50' });
  const second = await begun({ WORK_EVERY_MS: '50' }, first.folder);
  const all = await orders([first, second], 20);
  // Each webhook comes to both at the same time.
  const sent = all.flatMap((one) => {
    const webhook = confirmed(one, sandbox);
    return [send(first, webhook), send(second, webhook)];
  });
  for (const status of await Promise.all(sent)) assert.ok([200, 503].includes(status), `${status}`);
  for (const one of all) assert.equal(await send(second, confirmed(one, sandbox)), 200);
  await until(first, all, ['fulfilled']);
  shippedOnce(all);
  await second.kill();
  await first.end();
});
