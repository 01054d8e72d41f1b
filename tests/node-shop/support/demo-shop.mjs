// The demo's shop in Express, started as `coinpay demo-shop` is, so that every scenario of the demo
// can be played on it. The routes of shoppers and of the gateway are `coinpay-embed/express`; what
// the scenarios do behind the counter is here, in the demo's own spelling.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { Checkout, CoinPayError } from 'coinpay-embed';
import { expressHandler } from 'coinpay-embed/express';
import { mysql2Executor } from 'coinpay-embed/mysql2';
import { nodeSqliteExecutor } from 'coinpay-embed/node-sqlite';
import { payPage } from 'coinpay-embed/page';
import { pgExecutor } from 'coinpay-embed/pg';
import express from 'express';
import mysql from 'mysql2/promise';
import pg from 'pg';

const words = process.argv.slice(2);
const option = (name) => words[words.indexOf(`--${name}`) + 1];
const [journal, listen] = [option('journal'), option('listen')];
const { env } = process;
let offsetMs = Number(option('clock-offset-ms'));
const nowMs = () => Date.now() + offsetMs;

/** The demo's own file, unless the test names a server. */
function executor() {
  const server = env.DEMO_DATABASE ?? '';
  if (server.startsWith('postgres:')) return pgExecutor(new pg.Pool({ connectionString: server }));
  if (server.startsWith('mysql:')) return mysql2Executor(mysql.createPool(server));
  return nodeSqliteExecutor(env.COINPAY_DATABASE.replace(/^sqlite:/, ''));
}

const checkout = await Checkout.open({
  mode: env.COINPAY_MODE,
  apiKey: env.COINPAY_API_KEY,
  businessId: env.COINPAY_BUSINESS_ID,
  webhookSecrets: [env.COINPAY_WEBHOOK_SECRETS],
  baseUrl: env.COINPAY_BASE_URL,
  shopId: env.COINPAY_SHOP_ID,
  stock: env.COINPAY_STOCK,
  requestsPerMinute: Number(env.COINPAY_REQUESTS_PER_MINUTE),
  budgetMs: Number(env.COINPAY_BUDGET_MS),
  tablePrefix: 'demo_',
  executor: executor(),
  now: nowMs,
});

// What was done in the world: a line for each deed, and a mailer that does nothing twice.
const known = existsSync(journal) ? readFileSync(journal, 'utf8') : '';
if (known && !known.endsWith('\n')) appendFileSync(journal, '\n');
const keys = new Set(known.split('\n').flatMap((line) => /"key":"([^"]*)"/.exec(line)?.[1] ?? []));

function always(kind, key, orderId, words) {
  const deed = { at_ms: nowMs(), kind, key, order_id: orderId, text: words };
  appendFileSync(journal, `${JSON.stringify(deed)}\n`);
  keys.add(key);
}
const once = (kind, key, ...rest) => keys.has(key) || always(kind, key, ...rest);

// The carts.
const PRICES = {
  'e-book': { USD: '12.00', EUR: '11.00', JPY: '1800', digital: true },
  voucher: { USD: '25.00', EUR: '23.00', JPY: '3800', digital: true },
  mug: { USD: '18.00', EUR: '16.50', JPY: '2700', digital: false },
  't-shirt': { USD: '29.00', EUR: '26.90', JPY: '4400', digital: false },
  headphones: { USD: '150.00', EUR: '139.00', JPY: '22500', digital: false },
};

function cart({ items, replace, currency = 'USD', ...rest }) {
  const priced = items.map(({ sku, quantity }) => {
    const article = PRICES[sku.split('/')[0]];
    if (!article?.[currency]) throw new CoinPayError('invalid_input', 'items.sku: is not sold');
    return { sku, quantity, price: article[currency], digital: article.digital };
  });
  return { ...rest, currency, items: priced, ...(replace ? { replace } : {}) };
}

// The side work, with places to be killed at.
let stall = null;
const reach = (point) => (stall === point ? new Promise(() => undefined) : undefined);

async function act({ kind, idempotencyKey: key, orderId, order, payload }) {
  if (kind === 'send_confirmation_email') {
    await reach('before_mail');
    once('mail', key, orderId, 'thank you for your order');
    await reach('after_mail');
  } else if (kind === 'ship_order') {
    await reach('before_shipping');
    // This carrier does what it is told, as often as it is told.
    always('shipment', key, orderId, order.items.map((item) => item.sku).join(', '));
    await reach('after_shipping');
  } else if (kind === 'order_status_changed') {
    once('status', key, orderId, `${order.status}, payment ${order.paymentStatus}`);
  } else if (kind === 'alert_operations') {
    once('alert', key, orderId, `${payload.alert}: ${payload.message}`);
  }
}

/** One at a time: whoever is killed leaves one thing undone. */
async function doEffects() {
  for (let done = 0; ; done += 1) {
    const [effect] = await checkout.claimEffects({ limit: 1 });
    if (!effect) return done;
    const { orderId, kind, subject, claimNo } = effect;
    const id = { orderId, kind, subject };
    try {
      await act(effect);
      await checkout.completeEffect(id);
    } catch (error) {
      await checkout.failEffect({ ...id, claimNo, error: error.message });
    }
  }
}

let turn = Promise.resolve();
const pump = () => (turn = turn.then(pumped, pumped));

async function pumped() {
  const sum = { looked: 0, learnt: 0, expired: 0, effects: 0 };
  for (let round = 0; round < 30; round += 1) {
    const report = await checkout.work();
    const effects = await doEffects();
    sum.looked += report.looked;
    sum.learnt += report.learnt;
    sum.expired += report.expired;
    sum.effects += effects;
    const { expired, released, lostEffects, alerted, looked } = report;
    if (effects + expired + released + lostEffects + alerted + looked === 0) break;
  }
  return sum;
}

// Behind the counter.
const actor = 'operator';
const POSTS = {
  '/admin/pump': () => pump(),
  '/admin/effects': async () => ({ done: await doEffects() }),
  '/admin/stall': ({ body }) => ({ at: (stall = body.at) }),
  '/admin/clock': ({ body }) => ({ offset_ms: (offsetMs = body.offset_ms) }),
  '/admin/stock': ({ body: { adjustment_id: adjustmentId, sku, delta } }) =>
    checkout.adjustStock({ adjustmentId, sku, delta, actor }),
  '/admin/orders/:id/fulfil': async ({ params: { id } }) => {
    const done = await checkout.markFulfilled({ orderId: id, actor });
    once('shipment', `parcel:${id}`, id, 'by hand');
    return done;
  },
  '/admin/orders/:id/review': ({ params: { id }, body: { accept = [], note } }) => {
    const by = { orderId: id, actor, ...(note ? { note } : {}) };
    const close = accept.length === 0;
    const decision = close ? { decision: 'close' } : { decision: 'accept', reasons: accept };
    return checkout.resolveReview({ ...by, ...decision });
  },
  '/admin/orders/:id/refund': ({ params: { id }, body }) =>
    checkout.recordRefund({
      orderId: id,
      refundId: body.id,
      amount: body.amount,
      endsOrder: body.ends_order ?? false,
      waived: body.waived ?? false,
      actor,
    }),
  '/admin/orders/:id/cancel': ({ params: { id } }) =>
    checkout.cancelOrder({ orderId: id, reason: 'shop', actor }),
  '/admin/orders/:id/settle': ({ params: { id }, body: { kind, subject = '', settlement } }) =>
    checkout.settleEffect({ orderId: id, kind, subject, settlement, actor }),
};
const GETS = {
  '/admin/health': async () => ({ webhook_test: (await checkout.health()).webhookTest ?? null }),
  '/admin/orders/:id': ({ params }) => checkout.explainOrder(params.id),
  '/admin/stock': async ({ query }) => {
    const { stock } = await checkout.export({ limit: 1 });
    const shelf = stock.filter(({ sku }) => query.sku === undefined || sku === query.sku);
    const level = ({ sku, onHand, reserved }) => ({ sku, on_hand: onHand, reserved });
    return { stock: shelf.map(level) };
  },
};

const answering = (run) => async (request, response) => {
  try {
    response.json(await run(request));
  } catch (error) {
    response.status(error.httpStatus ?? 500).json({ error: error.code, message: error.message });
  }
};

/** What the scenarios read under the demo's own name. */
function inItsSpelling(request, response, next) {
  const end = response.end.bind(response);
  response.end = (body, ...rest) => {
    if (!request.originalUrl.includes('/status?')) return end(body, ...rest);
    const status = JSON.parse(body);
    return end(JSON.stringify({ ...status, refund_due: status.refundDue ?? null }));
  };
  next();
}

const app = express();
app.use(inItsSpelling);
app.use(expressHandler(checkout, { cart, page: payPage }));
app.use(express.json({ type: () => true }));
app.post('/orders/:id/cancel', async (request, response) => {
  const access = { orderId: request.params.id, statusToken: request.query.token };
  try {
    await checkout.cancelOrder({ ...access, reason: 'customer' });
    response.redirect(303, `/orders/${request.params.id}/pay`);
  } catch (error) {
    response.status(error.httpStatus ?? 500).json({ error: error.code });
  }
});
for (const [path, run] of Object.entries(POSTS)) app.post(path, answering(run));
for (const [path, run] of Object.entries(GETS)) app.get(path, answering(run));

const [host, port] = listen.split(':');
const server = app.listen(Number(port), host, () => {
  console.log(JSON.stringify({ url: `http://${host}:${server.address().port}` }));
});
process.stdin.on('end', () => process.exit()).resume();
