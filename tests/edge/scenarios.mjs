// A shop in its runtime, a gateway with its habits, a carrier that counts: what has to hold.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { DASH_SECRET, Desk, METRICS_TOKEN, dashScenarios } from './dash.mjs';

const SECRET = 'whsec_edge';
const SESSION = 'the session of the tests';

/** The sandbox gateway, by the command that the project ships. */
export async function startSandbox(command) {
  const options = ['sandbox', '--listen', '127.0.0.1:0', '--webhook-secret', SECRET, '--json'];
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { base_url: baseUrl, control_url: controlUrl, business_id: businessId } = JSON.parse(line);
  const control = async (path, body = {}) => {
    const answer = await fetch(`${controlUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${text}`);
    return text ? JSON.parse(text) : {};
  };
  const read = async (path) => (await fetch(`${controlUrl}${path}`)).json();
  const end = async () => {
    child.kill();
    await once(child, 'exit');
  };
  return { baseUrl, businessId, control, read, end };
}

/** Counts what it is told, and can be slow, or refuse. */
export async function startCarrier() {
  const told = [];
  let delayMs = 0;
  let heard = () => undefined;
  const refusals = {};
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const said = JSON.parse(text);
      told.push(said);
      heard(said);
      if (refusals[said.what] > 0) {
        refusals[said.what] -= 1;
        response.writeHead(503);
      }
      setTimeout(() => response.end('{}'), said.what === 'ship' ? delayMs : 0);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    count: (what, orderId) =>
      told.filter((one) => one.what === what && one.key.includes(orderId)).length,
    slow: (ms) => (delayMs = ms),
    refuse: (what, times) => (refusals[what] = times),
    hears: (what) => new Promise((resolve) => (heard = (said) => said.what === what && resolve())),
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

let carts = 0;

export class Stage {
  constructor(host, sandbox, carrier, settings = {}) {
    Object.assign(this, { host, sandbox, carrier, settings });
  }

  async open() {
    await this.host.start({
      COINPAY_API_KEY: 'cp_test_sandbox',
      COINPAY_BUSINESS_ID: this.sandbox.businessId,
      COINPAY_BASE_URL: this.sandbox.baseUrl,
      COINPAY_WEBHOOK_SECRETS: SECRET,
      CARRIER_URL: this.carrier.url,
      OPERATOR_SESSION: SESSION,
      DASH_SECRET,
      METRICS_TOKEN,
      ...this.settings,
    });
    await this.sandbox.control('/webhooks/config', { url: `${this.host.url}/webhooks/coinpay` });
  }

  async crash() {
    await this.host.kill();
    await this.open();
  }

  async checkout(cartId = `cart-${(carts += 1)}`, expected = [200, 201]) {
    const answer = await fetch(`${this.host.url}/checkout/crypto`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ article: 'mug', cartId, blockchain: 'BTC' }),
    });
    const order = await answer.json();
    assert.ok(expected.includes(answer.status), `${answer.status} ${JSON.stringify(order)}`);
    return { ...order, cartId, status: answer.status };
  }

  pay = (order, action = 'pay', fields = {}) =>
    this.sandbox.control(`/payments/${order.paymentId}/${action}`, fields);
  flush = () => this.sandbox.control('/webhooks/flush');
  fault = (name, times = 1) => this.sandbox.control('/faults', { name, times });

  async status(order) {
    const answer = await fetch(`${this.host.url}${order.statusUrl}`);
    assert.equal(answer.status, 200);
    return answer.json();
  }

  /** Lets the shop work until the order is as wanted, for a minute and a half at most. */
  async until(order, wanted) {
    const start = Date.now();
    for (;;) {
      const seen = await this.status(order);
      if (seen.status === wanted) return seen;
      assert.ok(
        Date.now() - start < 90_000,
        `the order is ${seen.status} (${seen.hint}), not ${wanted}`,
      );
      await this.host.tick();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The operator's view of this shop's. */
  desk() {
    return new Desk({
      origin: this.host.url,
      login: { cookie: `a=b; session=${SESSION}` },
      name: 'anna',
      underpaid: async () => {
        const order = await this.checkout();
        await this.fault('confirm_short');
        await this.pay(order, 'underpay', { by: '1/2' });
        await this.flush();
        await this.until(order, 'needs_review');
        return order;
      },
      status: async (order) => (await this.status(order)).status,
    });
  }

  shippedOnce(order) {
    assert.equal(this.carrier.count('ship', order.orderId), 1, 'shipped once');
    assert.equal(this.carrier.count('mail', order.orderId), 1, 'mailed once');
  }
}

/** Each is a sentence that has to be true. */
export const scenarios = {
  async 'a paid order is shipped and mailed once'(stage) {
    const order = await stage.checkout();
    await stage.pay(order);
    await stage.flush();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'a webhook that comes ten times at once counts once'(stage) {
    const order = await stage.checkout();
    await stage.pay(order, 'pay', { shape: 'balance_check' });
    const again = { payment_id: order.paymentId, times: 10, concurrently: true };
    await stage.sandbox.control('/webhooks/redeliver', again);
    await stage.flush();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'a payment whose webhook is lost is learnt by asking'(stage) {
    const order = await stage.checkout();
    await stage.fault('lose_webhooks');
    await stage.pay(order);
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'a forged webhook is refused and changes nothing'(stage) {
    const order = await stage.checkout();
    for (const signature of ['wrong', 'stale', 'missing']) {
      const forged = { type: 'payment.confirmed', payment_id: order.paymentId, signature };
      await stage.sandbox.control('/webhooks/send', forged);
    }
    await stage.flush();
    const { deliveries } = await stage.sandbox.read('/webhooks/deliveries');
    const ours = deliveries.filter((one) => one.payment_id === order.paymentId);
    assert.deepEqual(
      ours.map((one) => one.status),
      [401, 401, 401],
    );
    assert.equal((await stage.status(order)).status, 'awaiting_payment');
  },
  async 'too little is not shipped until the rest comes'(stage) {
    const order = await stage.checkout();
    await stage.fault('confirm_short');
    await stage.pay(order, 'underpay', { by: '1/2' });
    await stage.flush();
    await stage.until(order, 'needs_review');
    assert.equal(stage.carrier.count('ship', order.orderId), 0);
    await stage.pay(order, 'pay_rest');
    await stage.flush();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async "a stranger's payment with our order's id changes nothing"(stage) {
    const order = await stage.checkout();
    await stage.pay(order, 'foreign');
    await stage.flush();
    await stage.host.tick();
    assert.equal((await stage.status(order)).status, 'awaiting_payment');
    assert.equal(stage.carrier.count('ship', order.orderId), 0);
  },
  async 'an answer that is lost makes no second payment'(stage) {
    await stage.fault('drop_after_create');
    const first = await stage.checkout(undefined, [200, 201, 503]);
    const order = await stage.checkout(first.cartId);
    const { payments } = await stage.sandbox.read('/payments');
    const ours = payments.filter((one) => one.metadata?.order_id === order.orderId);
    assert.equal(ours.length, 1);
    await stage.pay(order);
    await stage.flush();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'a webhook that overtakes the answer of the create call is not lost'(stage) {
    await stage.fault('webhook_before_answer');
    const order = await stage.checkout();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'what was answered 2xx survives the end of the runtime'(stage) {
    const order = await stage.checkout();
    stage.carrier.slow(60_000);
    const shipping = stage.carrier.hears('ship');
    await stage.pay(order);
    await stage.flush();
    const ticking = stage.host.tick().catch(() => undefined);
    await shipping;
    await stage.crash();
    await ticking;
    stage.carrier.slow(0);
    const seen = await stage.status(order);
    assert.equal(seen.status, 'paid');
    // The carrier may have it: it is not told again by itself.
    await stage.host.tick();
    await stage.host.tick();
    assert.equal(stage.carrier.count('ship', order.orderId), 1);
  },
  async 'a checkout goes on where the runtime ended'(stage) {
    const order = await stage.checkout();
    await stage.crash();
    const same = await stage.checkout(order.cartId);
    assert.deepEqual([same.outcome, same.paymentId], ['exists', order.paymentId]);
    await stage.pay(order);
    await stage.flush();
    await stage.until(order, 'fulfilled');
    stage.shippedOnce(order);
  },
  async 'the page and the picture are served to whoever has the token'(stage) {
    const order = await stage.checkout();
    const page = await fetch(`${stage.host.url}${order.payUrl}`);
    assert.match(page.headers.get('content-security-policy'), /nonce-/);
    assert.ok((await page.text()).includes(order.address));
    const picture = await fetch(`${stage.host.url}${order.qrUrl}`);
    assert.match(await picture.text(), /^<svg /);
    const guessed = await fetch(`${stage.host.url}/orders/${order.orderId}/status?token=guess`);
    assert.equal(guessed.status, 404);
  },
};

/** Plays every scenario on one host. */
export async function play(host, sandbox) {
  const carrier = await startCarrier();
  const stage = new Stage(host, sandbox, carrier);
  const failures = [];
  let executed = 0;
  await stage.open();
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      executed += 1;
      await scenario(stage).catch((error) => failures.push(`${name}: ${error.stack ?? error}`));
      carrier.slow(0);
    }
    for (const [name, scenario] of host.hasDash ? Object.entries(dashScenarios) : []) {
      executed += 1;
      const desk = stage.desk();
      await scenario(desk).catch((error) => failures.push(`${name}: ${error.stack ?? error}`));
    }
  } finally {
    await host.end();
    carrier.end();
  }
  return { executed, failures };
}
