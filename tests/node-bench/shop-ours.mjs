// The Express shop on the package, with orders in SQLite. Side work is handed to handlers that do
// nothing, as the peer's mailer and carrier do nothing.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import express from 'express';
import { Checkout } from 'coinpay-embed';
import { name } from 'coinpay-embed/backend';
import { expressHandler } from 'coinpay-embed/express';
import { serve } from './serve.mjs';
import { ADDRESS, AMOUNT, BUSINESS_ID, SECRET, signed } from './webhooks.mjs';

const [file, count] = process.argv.slice(2);
const nothing = () => undefined;

/** The gateway's answer to a checkout. */
async function gateway(_url, { body }) {
  const { amount, metadata } = JSON.parse(Buffer.from(body).toString());
  const expires = new Date(Date.now() + 900_000).toISOString();
  const payment = { id: randomUUID(), business_id: BUSINESS_ID, amount, blockchain: 'BTC' };
  const asked = { crypto_amount: AMOUNT, payment_address: ADDRESS, status: 'pending' };
  return Response.json(
    { success: true, payment: { ...payment, ...asked, metadata, expires_at: expires } },
    { status: 201 },
  );
}

const checkout = await Checkout.open({
  mode: 'test',
  apiKey: 'cp_test_bench',
  businessId: BUSINESS_ID,
  webhookSecrets: [SECRET],
  database: `sqlite:${file}`,
  requestsPerMinute: 100_000,
  maxOpenOrders: 0,
  fetch: gateway,
  effects: {
    send_confirmation_email: nothing,
    ship_order: nothing,
    order_status_changed: nothing,
    alert_operations: nothing,
  },
});
const webhooks = [];
const items = [{ sku: 'mug', price: '49.90', quantity: 1, digital: true }];
for (let number = 0; number < Number(count); number += 1) {
  const cart = { cartId: randomUUID(), blockchain: 'BTC', currency: 'USD', items };
  const { orderId, order } = await checkout.createCheckout(cart);
  const { paymentId, cryptoAmount } = order.payment;
  webhooks.push(signed({ orderId, paymentId, amount: cryptoAmount }));
}
const app = express();
app.use(expressHandler(checkout, { cart: () => null }));
serve(app, webhooks, {
  what: `coinpay-embed (${name}), SQLite`,
  undone: async () => {
    while ((await checkout.runEffects()) > 0);
    const { effects, orders } = await checkout.health();
    return { effects, orders };
  },
});
