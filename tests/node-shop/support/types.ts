// A shop in TypeScript, as strict as it can be. It is compiled and never run.

import CoinPay, {
  Checkout,
  CoinPayClient,
  CoinPayError,
  createPayment,
  createWebhookHandler,
  parseWebhookPayload,
  StoreFault,
  verifyWebhookSignature,
  WebhookEvent,
  type Executor,
} from 'coinpay-embed';
import { name } from 'coinpay-embed/backend';
import { expressHandler } from 'coinpay-embed/express';
import { fastifyPlugin } from 'coinpay-embed/fastify';
import { fetchHandler } from 'coinpay-embed/fetch';
import { mysql2Executor } from 'coinpay-embed/mysql2';
import { payPage } from 'coinpay-embed/page';
import { pgExecutor } from 'coinpay-embed/pg';
import express = require('express');
import Fastify = require('fastify');
import mysqlCallbacks = require('mysql2');
import mysql = require('mysql2/promise');
import pg = require('pg');

const executors: Executor[] = [
  pgExecutor(new pg.Pool()),
  mysql2Executor(mysql.createPool('mysql://localhost/shop')),
  mysql2Executor(mysqlCallbacks.createPool('mysql://localhost/shop')),
];

async function shop(executor: Executor): Promise<void> {
  const checkout = await Checkout.open({
    mode: 'test',
    apiKey: process.env['COINPAY_API_KEY'] ?? '',
    businessId: 'b1',
    executor,
    effects: { ship_order: async ({ orderId, idempotencyKey }) => `${orderId} ${idempotencyKey}` },
  });
  const cart = (body: unknown) =>
    body === null ? null : { cartId: 'c1', currency: 'USD', blockchain: 'BTC', total: '1.00' };

  const app = express();
  app.use(
    expressHandler<express.Request>(checkout, {
      cart: (body, request) => (request.get('x-shop') ? cart(body) : null),
      customer: (request) => request.get('x-customer'),
      page: payPage,
    }),
  );
  app.use('/plain', expressHandler(checkout, { cart }));
  app.post('/hook', createWebhookHandler({ secret: 's', onEvent: (event) => event.id.length }));

  const fastify = Fastify.fastify();
  fastify.register(fastifyPlugin(checkout, { cart }), { prefix: '/shop' });
  fastify.register(
    fastifyPlugin<Fastify.FastifyRequest>(checkout, { cart, customer: (request) => request.id }),
  );
  const handler: (request: Request) => Promise<Response> = fetchHandler(checkout, { cart });
  await handler(new Request('https://shop.example/'));
}

async function migrated(body: Buffer, signature: string | undefined): Promise<string> {
  const client: CoinPay = new CoinPayClient({ apiKey: process.env['KEY'] });
  const { payment } = await client.createPayment({
    businessId: 'b1',
    amount: 10,
    blockchain: 'BTC',
    metadata: { orderId: '1' },
  });
  await createPayment({ client, businessId: 'b1', amount: 10, blockchain: 'ETH' });
  if (!verifyWebhookSignature({ payload: body, signature, secret: ['a', 'b'] })) return name;
  const { id, type, data, createdAt, businessId } = parseWebhookPayload(body);
  if (type === WebhookEvent.PAYMENT_CONFIRMED) return `${id} ${data.payment_id} ${businessId}`;
  try {
    return (await client.waitForPayment(payment.id, { interval: 1 })).payment.status;
  } catch (error) {
    if (error instanceof CoinPayError) return `${error.code} ${error.status} ${error.response}`;
    if (error instanceof StoreFault) return error.faultClass;
    return createdAt.toISOString();
  }
}

export { executors, migrated, shop };
