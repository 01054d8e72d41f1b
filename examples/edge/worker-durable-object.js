// A Worker with a Durable Object for each shop: the object's own SQLite keeps the orders, and its
// alarm calls `tick`.
import { DurableObject } from 'cloudflare:workers';
import { Checkout } from 'coinpay-embed';
import { durableObjectExecutor } from 'coinpay-embed/durable-object';
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { effects, routes, sender, settings } from './shop.js';

export class Shop extends DurableObject {
  #opened;

  async #open() {
    this.#opened ??= await Checkout.open({
      ...settings(this.env),
      executor: durableObjectExecutor(this.ctx.storage),
      effects: effects(sender(this.env)),
    });
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wakeAt(Date.now() + 60_000);
    return this.#opened;
  }

  #wakeAt(timeMs) {
    return this.ctx.storage.setAlarm(timeMs);
  }

  async fetch(request) {
    const handler = fetchHandler(await this.#open(), { ...routes, page: payPage });
    return handler(request, this.ctx);
  }

  async alarm() {
    // Set before the work: an alarm that fails is not the last.
    await this.#wakeAt(Date.now() + 60_000);
    const { nextAtMs } = await (await this.#open()).tick();
    await this.#wakeAt(nextAtMs);
  }

  async tick() {
    await (await this.#open()).tick();
  }
}

const shopOf = (env) => env.SHOP.get(env.SHOP.idFromName('the only one'));

export default {
  fetch: (request, env) => shopOf(env).fetch(request),
  scheduled: (_event, env) => shopOf(env).tick(),
};
