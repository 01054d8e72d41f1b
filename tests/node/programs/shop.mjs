// A shop in a process of its own: its routes, its side work, and an end by SIGTERM as servers
// end. With `EXIT_AFTER` it ends in the middle, by process.exit, when so many webhooks are
// answered; with `NO_EFFECTS` it leaves side work to others.
import { createServer } from 'node:http';
import process from 'node:process';
import { Checkout } from 'coinpay-embed';
import { expressHandler } from 'coinpay-embed/express';
import { payPage } from 'coinpay-embed/page';
import { effects, routes, sender, settings } from '../../../examples/edge/shop.js';

const { env } = process;
// snippet: open
const checkout = await Checkout.open({
  ...settings(env),
  database: `sqlite:${env.DATABASE_FILE}`,
  effects: env.NO_EFFECTS ? {} : effects(sender(env)),
  workEveryMs: Number(env.WORK_EVERY_MS ?? 15_000),
  requestsPerMinute: 10_000,
  maxOpenOrders: 0,
});
const handler = expressHandler(checkout, { ...routes, page: payPage });
// /snippet
let answered = 0;
const server = createServer((request, response) => {
  if (request.url === '/webhooks/coinpay') {
    response.once('finish', () => {
      answered += 1;
      if (answered === Number(env.EXIT_AFTER)) process.exit(7);
    });
  }
  void handler(request, response, () => response.writeHead(404).end());
});
// snippet: end
process.once('SIGTERM', () => {
  server.close(async () => {
    await checkout.close();
    process.exit(0);
  });
  server.closeIdleConnections();
});
// /snippet
server.listen(Number(env.PORT ?? 0), '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
