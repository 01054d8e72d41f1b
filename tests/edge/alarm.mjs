// A Durable Object that nobody calls: its alarm asks the gateway and does the side work.

import assert from 'node:assert/strict';
import { Stage, startCarrier } from './scenarios.mjs';

/** More than the object's alarm is ever set ahead. */
const ALARM_MS = 65_000;

/** Waits for what the carrier hears; nothing is asked of the shop meanwhile. */
async function heard(carrier, what, times, order) {
  const start = Date.now();
  while (carrier.count(what, order.orderId) < times) {
    assert.ok(Date.now() - start < 240_000, `${what} was not told ${times} times`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function fulfilled(stage, order) {
  const start = Date.now();
  for (let seen; seen !== 'fulfilled'; seen = (await stage.status(order)).status) {
    assert.ok(Date.now() - start < 30_000, `the order is ${seen}`);
  }
}

const scenarios = {
  async 'a lost webhook is made up for, and a failed mail sent again, by the alarm alone'(stage) {
    const order = await stage.checkout();
    await stage.fault('lose_webhooks');
    stage.carrier.refuse('mail', 1);
    await stage.pay(order);
    await heard(stage.carrier, 'ship', 1, order);
    await heard(stage.carrier, 'mail', 2, order);
    // Only now is the shop asked for anything.
    assert.equal((await stage.status(order)).status, 'fulfilled');
    assert.equal(stage.carrier.count('ship', order.orderId), 1, 'shipped once');
  },
  async 'an alarm that fell due while the runtime was dead goes off when it is back'(stage) {
    const order = await stage.checkout();
    await stage.fault('lose_webhooks');
    await stage.pay(order);
    await stage.host.kill();
    await new Promise((resolve) => setTimeout(resolve, ALARM_MS));
    assert.equal(stage.carrier.count('ship', order.orderId), 0, 'nobody has shipped yet');
    // Over what the killed one has stored; no request comes to the shop.
    await stage.open();
    await heard(stage.carrier, 'ship', 1, order);
    await heard(stage.carrier, 'mail', 1, order);
    // The carrier hears of a shipment a little before the shop writes down that it is done.
    await fulfilled(stage, order);
    stage.shippedOnce(order);
  },
};

export async function playAlarms(host, sandbox) {
  const carrier = await startCarrier();
  const stage = new Stage(host, sandbox, carrier);
  const failures = [];
  await stage.open();
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      await scenario(stage).catch((error) => failures.push(`${name}: ${error.stack ?? error}`));
    }
  } finally {
    await host.end();
    carrier.end();
  }
  return { executed: Object.keys(scenarios).length, failures };
}
