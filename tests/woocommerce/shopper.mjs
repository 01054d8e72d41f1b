// Somebody who buys: fills in a checkout, classic or of blocks, and stands before the page to pay on.

import { join } from 'node:path';

import { until } from './stage.mjs';

let count = 0;

const ADDRESS = {
  first_name: 'Ada',
  last_name: 'Shopper',
  address_1: '1 Main Street',
  city: 'Springfield',
  postcode: '94105',
};

export class Shopper {
  constructor(site, kind, context) {
    count += 1;
    Object.assign(this, { site, kind, context, email: `shopper-${count}@example.com` });
  }

  static async enter(site, kind, browser, options) {
    return new Shopper(site, kind, await browser.somebody(options));
  }

  /** Puts it into the cart, and goes through checkout to the page to pay on. */
  async buys(product, coin = 'USDC_POL') {
    this.page = await this.context.newPage();
    await this.page.goto(`${this.site.url}/?add-to-cart=${product}`);
    await this.checksOut(this.page, coin);
    return this;
  }

  async checksOut(page, coin, method = 'coinpay') {
    await page.goto(`${this.site.url}/${this.kind === 'block' ? 'checkout' : 'classic-checkout'}/`);
    if (this.kind === 'block') await this.#fillsBlocks(page, coin, method);
    else await this.#fillsClassic(page, coin, method);
    await this.places(page, method === 'coinpay' ? /coinpay_pay/ : /order-received/);
  }

  async #fillsClassic(page, coin, method) {
    for (const [name, value] of Object.entries(ADDRESS)) await page.fill(`#billing_${name}`, value);
    await page.fill('#billing_phone', '5550100');
    await page.fill('#billing_email', this.email);
    await page.waitForFunction(() => !document.querySelector('.blockOverlay'));
    await page.locator(`label[for=payment_method_${method}]`).click();
    if (method === 'coinpay') await page.selectOption('#coinpay_blockchain', coin);
    this.button = '#place_order';
  }

  async #fillsBlocks(page, coin, method) {
    // What was typed goes to the server by and by, and the button does nothing meanwhile.
    const taken = page
      .waitForResponse((answer) => answer.url().includes('/wc/store/v1/batch'), { timeout: 5000 })
      .catch(() => {});
    await page.fill('#email', this.email);
    const again = page.locator('.wc-block-components-address-card__edit');
    if (await again.isVisible()) await again.click();
    for (const [name, value] of Object.entries(ADDRESS)) await page.fill(`#billing-${name}`, value);
    await page.locator(`#radio-control-wc-payment-method-options-${method}`).check();
    if (method === 'coinpay') await page.selectOption('#coinpay-coin', coin);
    await taken;
    await page.waitForLoadState('networkidle');
    this.button = '.wc-block-components-checkout-place-order-button';
  }

  async places(page, wanted) {
    try {
      for (let clicks = 3; clicks > 0; clicks -= 1) {
        // The button does nothing while the page is still calculating, and does not say so.
        await page.click(this.button).catch(() => {});
        const there = page.waitForURL(wanted, { timeout: clicks > 1 ? 15000 : 60000 });
        if (
          await there.then(
            () => true,
            (error) => clicks === 1 && Promise.reject(error),
          )
        )
          return;
      }
    } catch (error) {
      const words = '.woocommerce-error, .wc-block-components-notice-banner';
      const told = await page.locator(words).allInnerTexts();
      throw new Error(`${this.kind} checkout: ${told.join(' ')} at ${page.url()}`, {
        cause: error,
      });
    }
  }

  // The order, as the shop sees it.

  order() {
    return this.site.do('order', { email: this.email });
  }

  /** Until the shop has it in this status. */
  becomes(status, seconds = 60) {
    return until(
      `the order of ${this.email} is ${status}`,
      () => {
        const order = this.order();
        return order.status === status && order;
      },
      seconds,
    );
  }

  mails() {
    return this.site.do('mails', { to: this.email });
  }

  paymentId() {
    return this.order().coinpay.payment.payment_id;
  }

  // The world.

  async pays(action = 'pay', fields = {}, payment = this.paymentId()) {
    await this.site.gateway(`/payments/${payment}/${action}`, fields);
    await this.site.gateway('/webhooks/flush', {});
  }

  fault(name, times = 1) {
    return this.site.gateway('/faults', { name, times });
  }

  /** Waits for words on the page, which changes by itself, and sooner when somebody looks at it. */
  reads(words, page = this.page) {
    return until(
      `the page says: ${words}`,
      async () => {
        const there = await page.locator('h1', { hasText: words }).isVisible();
        const look = () => document.dispatchEvent(new Event('visibilitychange'));
        if (!there) await page.evaluate(look).catch(() => {});
        return there;
      },
      60,
    );
  }

  /** What the shopper sees, left beside the site. */
  async picture(name) {
    const path = join(this.site.folder, '..', `${name}.png`);
    await this.page?.screenshot({ path, fullPage: true }).catch(() => {});
  }

  leaves() {
    return this.context.close();
  }
}
