// The Express shop that everybody writes: the published SDK and PostgreSQL, statement by
// statement as its guide has them. Its mailer and carrier do nothing.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import express from 'express';
import pg from 'pg';
import { serve } from './serve.mjs';
import { SECRET, signed } from './webhooks.mjs';

const [address, count, sdkFolder] = process.argv.slice(2);
const { exports: entries } = JSON.parse(readFileSync(join(sdkFolder, 'package.json'), 'utf8'));
const sdk = await import(pathToFileURL(join(sdkFolder, entries['./webhooks'].import)).href);

const pool = new pg.Pool({ connectionString: address, max: 32 });
await pool.query(`
  DROP TABLE IF EXISTS webhook_events, orders;
  CREATE TABLE orders (
    id UUID PRIMARY KEY, user_id UUID NOT NULL, total_usd NUMERIC(10, 2) NOT NULL,
    is_digital BOOLEAN NOT NULL, coinpay_payment_id TEXT, status TEXT DEFAULT 'awaiting_payment',
    payment_status TEXT DEFAULT 'pending', paid_at TIMESTAMPTZ, created_at TIMESTAMPTZ DEFAULT NOW()
  );
  CREATE TABLE webhook_events (
    event_id TEXT PRIMARY KEY, event_type TEXT NOT NULL, order_id UUID REFERENCES orders(id),
    processed_at TIMESTAMPTZ DEFAULT NOW()
  );
  CREATE INDEX idx_orders_coinpay_payment ON orders(coinpay_payment_id);
  CREATE INDEX idx_orders_status ON orders(status);
`);
const webhooks = [];
for (let number = 0; number < Number(count); number += 1) {
  const [orderId, paymentId] = [randomUUID(), randomUUID()];
  const insert = `INSERT INTO orders (id, user_id, total_usd, is_digital, coinpay_payment_id)
    VALUES ($1, $2, 49.90, TRUE, $3)`;
  await pool.query(insert, [orderId, randomUUID(), paymentId]);
  webhooks.push(signed({ orderId, paymentId }));
}
await pool.query('ANALYZE');

/** Prepared once for each connection, which is the best case. */
const query = (name, text, values) => pool.query({ name, text, values });

async function handleWebhook(req, res) {
  const signature = req.headers['x-coinpay-signature'];
  const payload = req.body.toString();
  if (!sdk.verifyWebhookSignature({ payload, signature, secret: SECRET })) {
    return res.status(401).json({ error: 'Invalid signature' });
  }
  const event = sdk.parseWebhookPayload(payload);
  const { orderId } = event.data.metadata;
  const found = await query('order', 'SELECT * FROM orders WHERE id = $1', [orderId]);
  const [order] = found.rows;
  if (!order) return res.json({ received: true });
  const known = 'SELECT 1 FROM webhook_events WHERE event_id = $1';
  if ((await query('known', known, [event.id])).rowCount > 0) {
    return res.json({ received: true, duplicate: true });
  }
  const note = 'INSERT INTO webhook_events (event_id, event_type, order_id) VALUES ($1, $2, $3)';
  await query('note', note, [event.id, event.type, orderId]);
  const paid = `UPDATE orders SET status = 'paid', payment_status = 'confirmed', paid_at = $2
    WHERE id = $1`;
  await query('paid', paid, [orderId, new Date()]);
  if (order.is_digital) {
    await query('done', "UPDATE orders SET status = 'fulfilled' WHERE id = $1", [orderId]);
  }
  return res.json({ received: true });
}

const app = express();
app.post('/webhooks/coinpay', express.raw({ type: 'application/json' }), handleWebhook);
serve(app, webhooks, {
  what: 'the published SDK, PostgreSQL',
  undone: async () => {
    const { rows } = await pool.query('SELECT status, COUNT(*) FROM orders GROUP BY status');
    return { orders: Object.fromEntries(rows.map((row) => [row.status, Number(row.count)])) };
  },
});
