// What all the examples sell, where they keep orders, and what they do when something is paid. A
// real shop reads its carts from its own database, never a price from the request.
import process from 'node:process';
import { Checkout } from 'coinpay-embed';

const { env } = process;

// snippet: options
const ARTICLES = { mug: { sku: 'mug', price: '12.00', digital: true } };

/** What a request is to buy. */
export function cart(body) {
  const article = ARTICLES[body.article];
  if (!article) return null;
  const { cartId, blockchain } = body;
  return { cartId, blockchain, currency: 'USD', items: [{ ...article, quantity: 1 }] };
}

/** The shop's side work: each piece once, under the key that it brings. */
const effects = {
  send_confirmation_email: (effect) => send('mail', effect.idempotencyKey),
  ship_order: (effect) => send('ship', effect.idempotencyKey),
  order_status_changed: (effect) => send('status', effect.idempotencyKey),
  alert_operations: (effect) => send('alert', effect.idempotencyKey),
};
// /snippet

// snippet: open
/** The shop's engine. The timer asks about payments whose webhook never came. */
export const open = async () =>
  Checkout.open({
    mode: env.COINPAY_MODE ?? 'test',
    apiKey: env.COINPAY_API_KEY,
    businessId: env.COINPAY_BUSINESS_ID,
    webhookSecrets: env.COINPAY_WEBHOOK_SECRETS.split(','),
    ...(env.COINPAY_BASE_URL ? { baseUrl: env.COINPAY_BASE_URL } : {}),
    ...(await orders(env.DATABASE ?? 'sqlite:shop.db')),
    effects,
    workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
  });
// /snippet

// snippet: executors
/** Orders by a pool of the shop's own, or in a SQLite file. */
async function orders(database) {
  if (database.startsWith('postgres:')) {
    const { default: pg } = await import('pg');
    const { pgExecutor } = await import('coinpay-embed/pg');
    const pool = new pg.Pool({ connectionString: database });
    // Without it an idle connection that breaks ends the process.
    pool.on('error', (error) => console.error(error.message));
    return { executor: pgExecutor(pool) };
  }
  if (database.startsWith('mysql:')) {
    const { createPool } = await import('mysql2/promise');
    const { mysql2Executor } = await import('coinpay-embed/mysql2');
    return { executor: mysql2Executor(createPool(database)) };
  }
  return { database };
}
// /snippet

/** Tells the carrier and the mailer; here, whoever listens at `CARRIER_URL`. */
async function send(what, key) {
  const body = JSON.stringify({ what, key });
  const answer = await fetch(env.CARRIER_URL, { method: 'POST', body });
  if (!answer.ok) throw new Error(`the carrier answered ${answer.status}`);
}
