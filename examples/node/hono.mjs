// A shop in Hono on Node: `node hono.mjs`.
import process from 'node:process';
import { serve } from '@hono/node-server';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { Hono } from 'hono';
import { cart, open } from './shop.mjs';

const checkout = await open();
// snippet: hono
const handler = fetchHandler(checkout, { cart, page: payPage });
const app = new Hono();
app.get('/', (context) => context.text('A shop.'));
app.all('*', (context) => handler(context.req.raw));
// /snippet

const listening = {
  fetch: app.fetch,
  hostname: '127.0.0.1',
  port: Number(process.env.PORT ?? 3000),
};
const server = serve(listening, ({ port }) => console.log(JSON.stringify({ port })));
process.once('SIGTERM', () => server.close(() => checkout.close().then(() => process.exit())));
