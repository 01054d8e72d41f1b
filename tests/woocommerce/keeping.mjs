// What a shop lives through beside its checkouts: other currencies, orders that end and are paid
// after all, people who decide, refunds, privacy, and the plugin or WooCommerce switched off.

import { kept, logIn } from './plain.mjs';
import { sideWork } from './side-work.mjs';
import { PLUGIN, until } from './stage.mjs';

const WOOCOMMERCE = 'woocommerce/woocommerce.php';

export async function keeping(site, browser, checks) {
  const all = {
    'says what it is made for': features,
    'yen and euros': currencies,
    "our timer ends orders, WooCommerce's does not": timer,
    'the page that thanks asks once more': thanks,
    'late money takes the goods again': lateMoney,
    'late money for goods that are gone': goneGoods,
    'a person accepts, a person closes': decisions,
    "a shop manager decides in the operator's view": operators,
    'orders that were changed, binned or deleted': changed,
    refunds: refunds,
    'the pages of the shopkeeper': pages,
    privacy: privacy,
    'WooCommerce is switched off while money comes': withoutWooCommerce,
    ...sideWork,
    'neither FFI nor proc_open': nothing,
    'orders kept as posts': posts,
    'the plugin is switched off': off,
  };
  for (const [name, play] of Object.entries(all)) {
    await checks.scene(`keeping: ${name}`, async () => {
      await fetch(`${site.control}/faults`, { method: 'DELETE' });
      await play(new Desk(site), checks, browser);
    });
  }
}

let count = 0;

/** Orders that somebody enters, and money that comes for them. */
class Desk {
  constructor(site) {
    this.site = site;
  }

  sells(more = {}) {
    count += 1;
    const email = `caller-${count}@example.com`;
    const order = this.site.do('make_order', { product: this.site.goods.book, email, ...more });
    if (order.result.result !== 'success') throw new Error(JSON.stringify(order.result));
    return { ...this.order(order.id), email };
  }

  order = (id) => this.site.do('order', { id });

  async pays({ id }, action = 'pay', fields = {}) {
    const { attempts } = this.site.do('explain', { id });
    await this.site.gateway(`/payments/${attempts.at(-1).payment_id}/${action}`, fields);
    await this.site.gateway('/webhooks/flush', {});
  }

  async pays10PercentLess(order) {
    await this.site.gateway('/faults', { name: 'confirm_short', times: 1 });
    await this.pays(order, 'underpay', { by: '1/10' });
    return this.becomes(order, 'coinpay-review');
  }

  ends({ id }) {
    this.site.do('overdue', { id, minutes: 1 });
    this.site.do('timer');
    return this.order(id);
  }

  becomes({ id }, status) {
    return until(
      `order ${id} is ${status}`,
      () => {
        const order = this.order(id);
        return order.status === status && order;
      },
      60,
    );
  }

  /** Until a note has these words. */
  notes({ id }, words) {
    return until(`order ${id} has a note: ${words}`, () => {
      const note = this.order(id).notes.find((one) => one.includes(words));
      return note;
    });
  }
}

async function features({ site }, checks) {
  const known = site.do('features', { plugin: PLUGIN });
  checks.same('HPOS and blocks', known, ['custom_order_tables', 'cart_checkout_blocks']);
}

async function currencies(desk, checks) {
  const cases = [
    ['EUR', '19.90', '19.90', 2],
    ['JPY', '1500', '1500', 0],
    ['JPY', '2500.00', '2500', 0],
    ['EUR', '7.1', '7.10', 2],
  ];
  for (const [currency, total, wanted, digits] of cases) {
    desk.site.do('option', { name: 'woocommerce_price_num_decimals', value: String(digits) });
    const order = desk.sells({ currency, total });
    const name = `${total} ${currency}`;
    checks.same(name, [order.coinpay.total, order.coinpay.currency], [wanted, currency]);
    const [attempt] = desk.site.do('explain', { id: order.id }).attempts;
    const dollars = Math.ceil((Number(total) / Number(attempt.rate.rate)) * 100 - 1e-6) / 100;
    checks.same(`${name} in dollars`, Number(attempt.amount_usd), dollars);
    const { payment } = await desk.site.gateway(`/payments/${attempt.payment_id}`);
    checks.same(`${name} asked of the gateway`, Number(payment.amount_usd), dollars);
    if (currency === 'JPY') {
      await desk.pays(order);
      await desk.becomes(order, 'processing');
    }
  }
  desk.site.do('option', { name: 'woocommerce_price_num_decimals', value: '2' });
  desk.site.do('option', { name: 'woocommerce_currency', value: 'USD' });
}

async function timer(desk, checks) {
  const order = desk.sells();
  const { asked } = desk.site.do('hold_is_over', { id: order.id });
  checks.same('WooCommerce wanted to cancel it', asked, true);
  checks.same('and may not', desk.order(order.id).status, 'pending');
  checks.same('our timer ends it', desk.ends(order).status, 'cancelled');
  await desk.notes(order, 'nobody paid in time');
  const { reserved } = desk.site.do('health');
  checks.same('nothing else waits', reserved, undefined);
}

async function thanks(desk, checks) {
  const order = desk.sells();
  await desk.site.gateway('/faults', { name: 'lose_webhooks', times: 9 });
  await desk.pays(order);
  desk.site.do('look', { id: order.id });
  const answer = await fetch(order.received);
  checks.same('it is shown', answer.status, 200);
  checks.same('and the order is paid', desk.order(order.id).status, 'processing');
}

async function lateMoney(desk, checks) {
  const { rare } = desk.site.goods;
  desk.site.do('stock', { product: rare, quantity: 1 });
  const order = desk.sells({ product: rare });
  checks.same('ended', desk.ends(order).status, 'cancelled');
  await desk.pays(order);
  const paid = await desk.becomes(order, 'processing');
  checks.same('paid, and the goods are taken', [paid.paid, paid.stock], [true, [0]]);
}

async function goneGoods(desk, checks) {
  const { rare } = desk.site.goods;
  desk.site.do('stock', { product: rare, quantity: 1 });
  const order = desk.sells({ product: rare });
  desk.ends(order);
  desk.site.do('stock', { product: rare, quantity: 0 });
  await desk.pays(order);
  const review = await desk.becomes(order, 'coinpay-review');
  checks.same('not paid, nothing oversold', [review.paid, review.stock], [false, [0]]);
  await desk.notes(order, 'the goods are no longer in stock');
  await desk.notes(order, 'money is to be given back');
  checks.same('what came is due', review.coinpay.refund_due.reason, 'no_stock');
}

async function decisions(desk, checks) {
  const accepted = desk.sells();
  await desk.pays10PercentLess(accepted);
  desk.site.do('set_status', { id: accepted.id, status: 'processing' });
  checks.same('accepted', desk.order(accepted.id).coinpay.status, 'paid');
  desk.site.do('set_status', { id: accepted.id, status: 'completed' });
  checks.same('handed over', desk.order(accepted.id).coinpay.status, 'fulfilled');

  const closed = desk.sells();
  await desk.pays10PercentLess(closed);
  desk.site.do('set_status', { id: closed.id, status: 'cancelled' });
  const { coinpay } = desk.order(closed.id);
  checks.same('closed', [coinpay.status, coinpay.refund_due.reason], ['cancelled', 'closed']);
  const { offered } = desk.site.do('order_action', { id: closed.id });
  checks.that('a button for the refund', offered.includes('coinpay_refund_sent'), offered.join());
  desk.site.do('order_action', { id: closed.id, action: 'coinpay_refund_sent' });
  const after = desk.order(closed.id).coinpay;
  checks.same('nothing is due any more', after.refund_due ?? null, null);
  await desk.notes(closed, 'were given back');

  const cash = desk.sells();
  desk.site.do('set_status', { id: cash.id, status: 'processing' });
  const elsewhere = desk.order(cash.id).coinpay.status;
  checks.same('paid in cash: nothing is waited for', elsewhere, 'cancelled');
}

async function operators(desk, checks, browser) {
  const { site } = desk;
  const view = `${site.url}/wp-admin/admin.php?page=coinpay-orders`;
  await kept(site, browser, { view, role: 'editor' }, checks);
  const order = desk.sells();
  const review = await desk.pays10PercentLess(order);
  site.do('make_user', { login: 'manager', role: 'shop_manager' });
  const context = await browser.reader();
  const page = await logIn(site, context, 'manager');
  await page.goto(view);
  await page.click('nav >> text=Review');
  await page.click(`a:has-text("${review.coinpay.order_id}")`);
  const act = page.locator('form', { has: page.locator('input[value=accept]') });
  await act.locator('input[name=note]').fill('a regular');
  await act.locator('button').click();
  const story = await page.locator('main').innerText();
  checks.that('who and why', story.includes('by manager: ') && story.includes('a regular'), story);
  await desk.becomes(order, 'processing');
  await context.close();
}

async function changed(desk, checks) {
  const dearer = desk.sells();
  desk.site.do('change_order', { id: dearer.id, total: '39.80' });
  await desk.pays(dearer);
  const review = await desk.becomes(dearer, 'coinpay-review');
  checks.same('half of it does not pay it', review.paid, false);
  await desk.notes(dearer, 'the order was changed after');

  const binned = desk.sells();
  desk.site.do('change_order', { id: binned.id, bin: true });
  await desk.pays(binned);
  await desk.notes(binned, 'came for this order');
  checks.same('it stays in the bin', desk.order(binned.id).status, 'trash');

  const gone = desk.sells();
  const { payment_id } = gone.coinpay.payment;
  desk.site.do('change_order', { id: gone.id, delete: true });
  await desk.site.gateway(`/payments/${payment_id}/pay`, {});
  await desk.site.gateway('/webhooks/flush', {});
  await until('the shop is told', () => {
    const told = desk.site.do('mails', { to: 'admin@shop.example' });
    return told.some(({ message }) => message.includes(`order ${gone.id}, which was deleted`));
  });
}

async function refunds(desk, checks) {
  const order = desk.sells();
  await desk.pays(order);
  await desk.becomes(order, 'processing');
  const { refund } = desk.site.do('refund', { id: order.id, amount: '5.00' });
  checks.that('entered', Number.isInteger(refund), refund);
  const note = await desk.notes(order, '5.00 USD are to be given back');
  checks.that('the note says how', note.includes('USDC_POL'), note);
  checks.same('recorded', desk.site.do('explain', { id: order.id }).ledger.refunded, '500');
  checks.same('it stays paid', desk.order(order.id).coinpay.status, 'paid');
  desk.site.do('refund', { id: order.id, amount: '14.90' });
  const { status, coinpay } = desk.order(order.id);
  checks.same('all of it', [status, coinpay.status], ['refunded', 'refunded']);

  const over = desk.sells();
  await desk.pays(over, 'overpay', { by: '1/2' });
  await desk.becomes(over, 'processing');
  await desk.notes(over, 'came too much');
  desk.site.do('order_action', { id: over.id, action: 'coinpay_refund_waived' });
  await desk.notes(over, 'leaves');
  checks.same('nothing is due', desk.order(over.id).coinpay.refund_due ?? null, null);
}

async function pages(desk, checks, browser) {
  const { site } = desk;
  const review = desk.sells();
  await desk.pays10PercentLess(review);
  const context = await browser.reader();
  const admin = await logIn(site, context);
  await admin.goto(`${site.url}/wp-admin/admin.php?page=wc-orders`);
  checks.that('the list has the status', (await admin.content()).includes('Payment review'));
  await admin.goto(review.edit);
  const box = admin.locator('#coinpay');
  const text = await box.textContent();
  for (const words of ['a person is needed', 'less came than is due', 'Missing', 'What happened']) {
    checks.that(`the order's box: ${words}`, text.includes(words), text);
  }
  const settings = `${site.url}/wp-admin/admin.php?page=wc-settings&tab=checkout&section=coinpay`;
  await admin.goto(settings);
  const choices = await admin.locator('#coinpay_status_seen option').allTextContents();
  checks.that(
    'no status that means paid',
    !/Processing|Completed/.test(choices.join()),
    choices.join(),
  );
  // A browser would not send it; somebody else might.
  await admin.locator('#coinpay_status_seen').evaluate((select) => {
    select.add(new Option('Processing', 'processing', true, true));
  });
  // WooCommerce's script would let it be pressed.
  const saved = admin.waitForNavigation();
  await admin.locator('#mainform [name=save]').evaluate((button) => {
    button.disabled = false;
    setTimeout(() => button.click());
  });
  await saved;
  const told = await admin.locator('.error').allTextContents();
  checks.that('it is refused', told.join().includes('cannot be called paid'), told.join());
  const { status_seen } = site.do('option', { name: 'woocommerce_coinpay_settings' });
  checks.same('and not stored', status_seen, 'on-hold');
  await admin.goto(`${site.url}/wp-admin/admin.php?page=coinpay`);
  const health = await admin.locator('#coinpay-health').innerText();
  for (const words of [
    'ffi.enable is on',
    'payment.confirmed',
    'Action Scheduler',
    'Orders need a person',
  ]) {
    checks.that(`health: ${words}`, health.includes(words), health);
  }
  await admin.click('#coinpay_webhook');
  await admin.waitForURL(/page=coinpay/);
  const arrived = await admin.locator('.notice-success').allInnerTexts();
  checks.same('the webhook makes the round', arrived.length, 3);
  await context.close();
}

async function privacy(desk, checks) {
  const order = desk.sells();
  const { address } = order.coinpay.payment;
  const asked = { email: order.email };
  const exported = desk.site.do('privacy', { tool: 'exporter', ...asked });
  checks.that('the address is told', JSON.stringify(exported.data).includes(address));
  const kept = desk.site.do('privacy', { tool: 'eraser', ...asked });
  checks.same('kept while it is open', [kept.items_removed, kept.items_retained], [false, true]);
  await desk.pays(order);
  await desk.becomes(order, 'processing');
  const erased = desk.site.do('privacy', { tool: 'eraser', ...asked });
  checks.same('then erased', [erased.items_removed, erased.items_retained], [true, false]);
  const story = desk.site.do('explain', { id: order.id });
  checks.same('nobody is named any more', story.order.customer_id ?? null, null);
  checks.same('sums are kept', story.ledger.credited, '1990');
}

async function withoutWooCommerce(desk, checks) {
  const order = desk.sells();
  desk.site.do('deactivate', { plugins: [WOOCOMMERCE] });
  await desk.site.gateway(`/payments/${order.coinpay.payment.payment_id}/pay`, {});
  await desk.site.gateway('/webhooks/flush', {});
  const { deliveries } = await desk.site.gateway('/webhooks/deliveries');
  checks.same('the webhook is taken', deliveries.at(-1).status, 200);
  desk.site.do('activate', { plugins: [WOOCOMMERCE] });
  checks.same('nothing happened yet', desk.order(order.id).status, 'pending');
  desk.site.do('timer');
  checks.same('it is made up for', desk.order(order.id).status, 'processing');
}

async function nothing({ site }, checks, browser) {
  await site.serve({ disable_functions: 'proc_open' });
  const context = await browser.somebody();
  const page = await context.newPage();
  await page.goto(`${site.url}/?add-to-cart=${site.goods.book}`);
  for (const kind of ['classic-checkout', 'checkout']) {
    await page.goto(`${site.url}/${kind}/`);
    await page.getByText('Check payments').first().waitFor();
    checks.same(`${kind}: not offered`, await page.getByText('Pay with crypto').count(), 0);
  }
  await context.close();
  const reader = await browser.reader();
  const admin = await logIn(site, reader);
  await admin.goto(`${site.url}/wp-admin/admin.php?page=wc-settings&tab=checkout&section=coinpay`);
  const words = await admin.locator('.notice-error').first().innerText();
  checks.that('the settings say what to change', /ffi\.enable=1/.test(words), words);
  await reader.close();
  await site.serve({ 'ffi.enable': '1' });
}

async function posts(desk, checks) {
  desk.site.do('keep_orders_in', { table: 'no' });
  const order = desk.sells();
  await desk.pays(order);
  const paid = await desk.becomes(order, 'processing');
  checks.same('paid', paid.paid, true);
  checks.same('ended', desk.ends(desk.sells()).status, 'cancelled');
  const held = desk.sells();
  desk.site.do('hold_is_over', { id: held.id });
  checks.same('vetoed', desk.order(held.id).status, 'pending');
  desk.site.do('keep_orders_in', { table: 'yes' });
}

async function off(desk, checks) {
  const order = desk.sells();
  await desk.pays10PercentLess(order);
  desk.site.do('deactivate', { plugins: [PLUGIN] });
  desk.site.do('activate', { plugins: [PLUGIN] });
  const { status, paid } = desk.order(order.id);
  checks.same('on hold, not lost', [status, paid], ['on-hold', false]);
}
