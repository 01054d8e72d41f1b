// Deno: orders in a SQLite file, work on a timer.
import process from 'node:process';
import { Checkout } from 'coinpay-embed';
import { nodeSqliteExecutor } from 'coinpay-embed/deno-sqlite';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { effects, routes, sender, settings } from './shop.js';

const { env } = process;
const checkout = await Checkout.open({
  ...settings(env),
  executor: nodeSqliteExecutor(env.DATABASE_FILE),
  effects: effects(sender(env)),
  workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
});
const handler = fetchHandler(checkout, { ...routes, page: payPage });
const listening = { hostname: '127.0.0.1', port: Number(env.PORT ?? 3000), onListen() {} };
const server = Deno.serve(listening, (request) => handler(request));
console.log(JSON.stringify({ port: server.addr.port }));
