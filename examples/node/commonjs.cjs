// A shop in CommonJS, in Express: `node commonjs.cjs`.
const process = require('node:process');
const { Checkout } = require('coinpay-embed');
const { expressHandler } = require('coinpay-embed/express');
const { payPage } = require('coinpay-embed/page');
const express = require('express');

const { env } = process;

async function send(what, { idempotencyKey: key }) {
  const answer = await fetch(env.CARRIER_URL, {
    method: 'POST',
    body: JSON.stringify({ what, key }),
  });
  if (!answer.ok) throw new Error(`the carrier answered ${answer.status}`);
}

const items = [{ sku: 'mug', price: '12.00', digital: true, quantity: 1 }];
const cart = ({ article, cartId, blockchain }) =>
  article === 'mug' ? { cartId, blockchain, currency: 'USD', items } : null;

async function main() {
  const checkout = await Checkout.open({
    mode: 'test',
    apiKey: env.COINPAY_API_KEY,
    businessId: env.COINPAY_BUSINESS_ID,
    webhookSecrets: env.COINPAY_WEBHOOK_SECRETS.split(','),
    baseUrl: env.COINPAY_BASE_URL,
    database: env.DATABASE ?? 'sqlite:shop.db',
    effects: {
      ship_order: (effect) => send('ship', effect),
      send_confirmation_email: (effect) => send('mail', effect),
    },
    workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
  });
  const app = express();
  app.use(expressHandler(checkout, { cart, page: payPage }));
  const server = app.listen(Number(env.PORT ?? 3000), '127.0.0.1', () => {
    console.log(JSON.stringify({ port: server.address().port }));
  });
}

main();
