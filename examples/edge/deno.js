// Deno: orders in a SQLite file, work on a timer.
import process from 'node:process';
import { Checkout } from 'coinpay-embed';
import { fetchDash } from 'coinpay-embed/dash';
import { nodeSqliteExecutor } from 'coinpay-embed/deno-sqlite';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { effects, operators, routes, sender, settings } from './shop.js';

const { env } = process;
const checkout = await Checkout.open({
  ...settings(env),
  executor: nodeSqliteExecutor(env.DATABASE_FILE),
  effects: effects(sender(env)),
  workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
});
const handler = fetchHandler(checkout, { ...routes, page: payPage });
const dash = fetchDash(checkout, operators(env));
const respond = (request) =>
  new URL(request.url).pathname.startsWith('/admin/coinpay') ? dash(request) : handler(request);
const listening = { hostname: '127.0.0.1', port: Number(env.PORT ?? 3000), onListen() {} };
const server = Deno.serve(listening, respond);
console.log(JSON.stringify({ port: server.addr.port }));
