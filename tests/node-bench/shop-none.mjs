// Express with nothing behind it: what the machine, Node and Express do to the event loop under
// the same load, whoever the shop is.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import express from 'express';
import { serve } from './serve.mjs';
import { signed } from './webhooks.mjs';

const [count] = process.argv.slice(2);
const webhooks = Array.from({ length: Number(count) }, () =>
  signed({ orderId: randomUUID(), paymentId: randomUUID() }),
);
const app = express();
app.post('/webhooks/coinpay', express.raw({ type: 'application/json' }), (_request, response) =>
  response.json({ received: true }),
);
serve(app, webhooks, { what: 'Express with nothing behind it', undone: async () => ({}) });
