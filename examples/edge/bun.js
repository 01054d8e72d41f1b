// Bun: orders in a SQLite file, work on a timer.
import { Checkout } from 'coinpay-embed';
import { bunSqliteExecutor } from 'coinpay-embed/bun-sqlite';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { effects, routes, sender, settings } from './shop.js';

const { env } = process;
const checkout = await Checkout.open({
  ...settings(env),
  executor: bunSqliteExecutor(env.DATABASE_FILE),
  effects: effects(sender(env)),
  workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
});
const handler = fetchHandler(checkout, { ...routes, page: payPage });
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(env.PORT ?? 3000),
  fetch: (request) => handler(request),
});
console.log(JSON.stringify({ port: server.port }));
