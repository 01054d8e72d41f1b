// A Worker whose orders are in D1. A cron trigger calls `scheduled` every minute.
import { Checkout } from 'coinpay-embed';
import { d1Executor } from 'coinpay-embed/d1';
import { fetchDash } from 'coinpay-embed/dash';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { effects, operators, routes, sender, settings } from './shop.js';

// One checkout for each isolate: the tables are looked at once.
let opened;
const open = (env) =>
  (opened ??= Checkout.open({
    ...settings(env),
    executor: d1Executor(env.DB),
    effects: effects(sender(env)),
  }).catch((error) => {
    opened = undefined;
    throw error;
  }));

export default {
  async fetch(request, env, context) {
    const checkout = await open(env);
    if (new URL(request.url).pathname.startsWith('/admin/coinpay')) {
      return fetchDash(checkout, operators(env))(request);
    }
    const origins = (env.PAGE_ORIGINS ?? '').split(',');
    const handler = fetchHandler(checkout, { ...routes, page: payPage, origins });
    return handler(request, context);
  },

  async scheduled(_event, env) {
    await (await open(env)).tick();
  },
};
