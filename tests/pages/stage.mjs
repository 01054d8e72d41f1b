// A demo shop with its sandbox gateway, and a browser that looks at it. What people do at the
// shop, at the gateway and in the world are the methods here.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const CHROMIUM = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

export class Stage {
  #carts = 0;
  #children = [];

  /** `playwright` and `axe` are folders of packages, `pictures` is where screenshots go. */
  constructor({ program, playwright, axe, chromium, pictures, folder }) {
    Object.assign(this, { program, chromium, pictures, folder });
    this.playwright = createRequire(import.meta.url)(playwright);
    this.axe = readFileSync(join(axe, 'axe.min.js'), 'utf8');
    mkdirSync(pictures, { recursive: true });
  }

  async open() {
    const demo = ['demo', '--no-scenarios', '--json', '--dir', this.folder];
    const said = JSON.parse(await this.start(demo));
    this.shop = said.shop_url;
    this.control = `${said.gateway_url}/control`;
    const executablePath = this.chromium;
    this.browser = await this.playwright.chromium.launch({ executablePath, args: CHROMIUM });
  }

  /** Starts the program and hands over its first line. */
  start(words, environment = {}) {
    const env = { ...process.env, ...environment };
    const child = spawn(this.program, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${words[0]} ended with ${code}`)));
      createInterface(child.stdout).once('line', resolve);
    });
  }

  async close() {
    await this.browser?.close();
    for (const child of this.#children) child.kill();
  }

  // The shop and the gateway.

  async #send(url, body) {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  at = (path, body) => this.#send(`${this.shop}${path}`, body);
  gateway = (path, body) => this.#send(`${this.control}${path}`, body);

  /** A cart of its own, checked out. */
  async order({ blockchain = 'USDC_POL', sku = 'e-book', currency = 'USD' } = {}) {
    this.#carts += 1;
    const order = await this.at('/checkout/crypto', {
      cartId: `cart-${this.#carts}`,
      customerId: `shopper-${this.#carts}`,
      blockchain,
      currency,
      items: [{ sku, quantity: 1 }],
    });
    return { ...order, url: `${this.shop}${order.payUrl}` };
  }

  async pays(order, action = 'pay', fields = {}) {
    await this.gateway(`/payments/${order.paymentId}/${action}`, fields);
    await this.settle();
  }

  /** An event of the gateway's, made by hand. */
  async event(order, type, data = {}) {
    await this.gateway('/webhooks/send', { type, payment_id: order.paymentId, data });
    await this.settle();
  }

  /** Until webhooks have arrived and side work is done. */
  async settle() {
    await this.gateway('/webhooks/flush', {});
    await this.at('/admin/pump', {});
  }

  /** Time passes, for the gateway and the shop alike. */
  async passes(seconds) {
    await this.gateway('/clock/advance', { seconds });
    const { offset_ms } = await this.at('/admin/clock');
    await this.at('/admin/clock', { offset_ms: offset_ms + seconds * 1000 });
    await this.settle();
  }

  async fault(name, times = 1) {
    await this.gateway('/faults', { name, times });
  }

  // The browser.

  /** A new browser of somebody, who is alone in it. Notes what a strict policy would refuse. */
  async somebody({ size = DESKTOP, locale = 'en', ...more } = {}) {
    const phone = size === PHONE;
    const options = { viewport: size, locale, hasTouch: phone, isMobile: phone, ...more };
    const context = await this.browser.newContext(options);
    const complaints = [];
    context.on('console', (message) => {
      const text = message.text();
      const refused = message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|status of/.test(text);
      if (refused) complaints.push(text);
    });
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const own = [this.shop, this.dash].includes(origin);
      if (protocol.startsWith('http') && !own) complaints.push(`asks ${request.url()}`);
    });
    context.setDefaultTimeout(10000);
    return { context, complaints, page: await context.newPage() };
  }

  /** The script asks at once when somebody comes back to the tab. */
  nudge = (page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

  picture = (page, name) =>
    page.screenshot({ path: join(this.pictures, `${name}.png`), fullPage: true });

  /** What axe finds, in words. */
  async faults(page) {
    // A strict policy lets no tag in; what the debugger evaluates is not asked.
    await page.evaluate(this.axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  }

  /** Whether something is wider than the window. */
  overflows = (page) =>
    page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
}

/** Counts and prints what holds and what does not. */
export class Checks {
  passed = 0;
  failed = 0;

  that(name, holds, more = '') {
    if (holds) {
      this.passed += 1;
    } else {
      this.failed += 1;
      console.log(`NOT SO: ${name} ${more}`);
    }
  }

  same(name, actual, expected) {
    const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.that(name, is === wanted, `\n  is     ${is}\n  wanted ${wanted}`);
  }

  /** Runs a part; what it throws is a failure of that part alone. */
  async part(name, run) {
    const before = this.failed;
    const start = Date.now();
    try {
      await run();
    } catch (error) {
      this.that(name, false, error.stack);
    }
    const word = this.failed === before ? 'ok' : 'NOT OK';
    console.log(`${word.padEnd(6)} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  }
}
