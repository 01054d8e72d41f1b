// What can happen to a payment, played at a checkout of WooCommerce's.

import { Shopper } from './shopper.mjs';
import { until } from './stage.mjs';

const processing = (mails) => mails.filter(({ message }) => /being processed/i.test(message));

/** Plays those of `only`, or all. */
export async function scenarios(site, kind, browser, checks, { label = '', only = /./ } = {}) {
  const pages = { woocommerce_checkout_page_id: site.goods.pages[kind] };
  for (const [name, value] of Object.entries(pages)) site.do('option', { name, value });
  const all = {
    'paid while the shopper looks on': live,
    'the webhook is late': late,
    'the webhook is lost': lost,
    'the webhook comes many times': duplicate,
    'money is seen, and not confirmed': seen,
    'less came, then the rest': underpaid,
    'expired at the gateway, then paid': expiredThenPaid,
    'a second attempt with another coin': secondAttempt,
    'two tabs': twoTabs,
    'another gateway': anotherGateway,
    'without JavaScript': scriptless,
  };
  for (const [name, play] of Object.entries(all)) {
    if (!only.test(name)) continue;
    await checks.scene(`${label && `${label}, `}${kind}: ${name}`, async () => {
      await fetch(`${site.control}/faults`, { method: 'DELETE' });
      const shopper = await Shopper.enter(site, kind, browser);
      try {
        await play(shopper, checks, browser);
      } catch (error) {
        await shopper.picture(`${kind} ${name}`);
        throw error;
      } finally {
        await shopper.leaves();
      }
    });
  }
}

/** Paid once: one payment, one mail, the goods taken once. */
async function paidOnce(shopper, checks, order, before) {
  checks.same('paid', [order.status, order.paid], ['processing', true]);
  await until('a mail says so', () => processing(shopper.mails()).length > 0);
  checks.same('one mail says so', processing(shopper.mails()).length, 1);
  const came = order.notes.filter((note) => note.includes('Transactions:'));
  checks.same('one note says what came', came.length, 1);
  checks.that('something names the payment', order.transaction.length > 4, order.transaction);
  if (before !== undefined) checks.same('one piece is gone', order.stock[0], before - 1);
}

const stock = ({ site }) => site.do('stock', { product: site.goods.book });

async function live(shopper, checks) {
  const before = stock(shopper);
  await shopper.buys(shopper.site.goods.book);
  const { page } = shopper;
  await shopper.reads('Please send your payment');
  const waiting = shopper.order();
  checks.same('waits', [waiting.status, waiting.method], ['pending', 'coinpay']);
  const shown = await page.locator('.pay code').nth(1).innerText();
  checks.same('the address is the one stored', shown, waiting.coinpay.payment.address);
  checks.that("it is on the shop's own site", page.url().startsWith(shopper.site.url));
  checks.that('there is a QR code', await page.locator('svg').first().isVisible());
  await shopper.pays();
  await shopper.reads('Paid. Thank you!');
  const order = await shopper.becomes('processing');
  await paidOnce(shopper, checks, order, before);
  await page.reload();
  await page.waitForURL(/order-received/);
  const fulfilled = shopper.site.do('set_status', { id: order.id, status: 'completed' });
  checks.same('completed by the shop', fulfilled, 'completed');
  checks.same('and the library knows', shopper.order().coinpay.status, 'fulfilled');
}

async function late(shopper, checks) {
  await shopper.buys(shopper.site.goods.book);
  const payment = shopper.paymentId();
  await shopper.fault('lose_webhooks');
  await shopper.pays();
  checks.same('nothing is known yet', shopper.order().status, 'pending');
  await shopper.site.gateway('/webhooks/redeliver', { payment_id: payment });
  await shopper.site.gateway('/webhooks/flush', {});
  await paidOnce(shopper, checks, await shopper.becomes('processing'));
  await shopper.reads('Paid. Thank you!');
}

async function lost(shopper, checks) {
  await shopper.buys(shopper.site.goods.book);
  await shopper.fault('lose_webhooks', 9);
  await shopper.pays();
  const { id, status } = shopper.order();
  checks.same('nothing was heard', status, 'pending');
  if (shopper.kind === 'classic') {
    // The shopper waits, and the page asks.
    await shopper.reads('Paid. Thank you!', shopper.page);
  } else {
    // The shopper has left; the timer of the shop asks.
    await shopper.page.close();
    shopper.site.do('look', { id });
    checks.that('the timer is in the queue', shopper.site.do('queue').due > 0);
  }
  await paidOnce(shopper, checks, await shopper.becomes('processing'));
  const { attempts } = shopper.site.do('explain', { id });
  checks.same('learnt by asking', attempts[0].learnt_by, 'asking');
}

async function duplicate(shopper, checks) {
  const before = stock(shopper);
  await shopper.buys(shopper.site.goods.book);
  const payment = shopper.paymentId();
  await shopper.fault('concurrent', 3);
  await shopper.fault('two_schedulers', 3);
  await shopper.pays('pay', { seen_first: true });
  for (const again of [1, 2]) {
    const copies = { payment_id: payment, times: 3 * again, concurrently: true };
    await shopper.site.gateway('/webhooks/redeliver', copies);
  }
  await shopper.pays('forward', {}, payment);
  await shopper.becomes('processing');
  shopper.site.do('timer');
  await paidOnce(shopper, checks, shopper.order(), before);
}

async function seen(shopper, checks) {
  await shopper.buys(shopper.site.goods.book);
  const { id, coinpay } = shopper.order();
  const event = { type: 'payment.confirming', payment_id: coinpay.payment.payment_id };
  await shopper.site.gateway('/webhooks/send', { ...event, data: { tx_hash: '0xabc' } });
  const held = await shopper.becomes('on-hold');
  checks.same('not paid', held.paid, false);
  await shopper.reads('Your payment is being confirmed');
  const may = shopper.site.do('may', { id });
  checks.same('nor may the shopper cancel, or pay twice', may, { cancel: [], pay: [] });
  shopper.site.do('hold_is_over', { id });
  checks.same('nobody cancels it meanwhile', shopper.order().status, 'on-hold');
  await shopper.pays('pay', {}, event.payment_id);
  await paidOnce(shopper, checks, await shopper.becomes('processing'));
}

async function underpaid(shopper, checks) {
  const { site } = shopper;
  await shopper.buys(site.goods.book);
  await shopper.fault('confirm_short');
  await shopper.pays('underpay', { by: '1/10' });
  const review = await shopper.becomes('coinpay-review');
  checks.same('not paid', review.paid, false);
  checks.that('a note says why', review.notes.join().includes('less came than is due'));
  checks.same('no mail says paid', processing(shopper.mails()), []);
  const told = site.do('mails', { to: 'admin@shop.example' });
  checks.that(
    'the shop is told',
    told.some(({ message }) => message.includes('less came')),
  );
  await shopper.reads('Part of the payment is missing');
  await shopper.page.locator('form button').first().click();
  await shopper.page.waitForFunction(() => document.querySelectorAll('.pay code').length > 1);
  const first = review.coinpay.payment?.payment_id;
  const rest = await until('there is an address for the rest', () => {
    const { payment } = shopper.order().coinpay;
    return payment && payment.payment_id !== first && payment;
  });
  await shopper.pays('pay', {}, rest.payment_id);
  const order = await shopper.becomes('processing');
  checks.same('paid by two payments', order.coinpay.missing, '0.00');
  await until('a mail says so', () => processing(shopper.mails()).length > 0);
  checks.same('one mail says so', processing(shopper.mails()).length, 1);
}

async function expiredThenPaid(shopper, checks) {
  await shopper.buys(shopper.site.goods.book);
  const payment = shopper.paymentId();
  await shopper.pays('expire', {}, payment);
  checks.same('the order still waits', shopper.order().status, 'pending');
  await shopper.reads('A new quote is needed');
  await shopper.pays('pay', {}, payment);
  await paidOnce(shopper, checks, await shopper.becomes('processing'));
  await shopper.reads('Paid. Thank you!');
}

async function secondAttempt(shopper, checks) {
  const { page } = await shopper.buys(shopper.site.goods.book);
  const first = shopper.paymentId();
  await page.locator('summary').first().click();
  await page.selectOption('select[name=blockchain]', 'BTC');
  await page.locator('form:has(select[name=blockchain]) button').click();
  const second = await until('another payment is asked for', () => {
    const { payment } = shopper.order().coinpay;
    return payment?.blockchain === 'BTC' && payment.payment_id;
  });
  await shopper.pays('pay', {}, second);
  const paid = await shopper.becomes('processing');
  await shopper.pays('expire', {}, first);
  checks.same('the first may expire', shopper.order().status, 'processing');
  await shopper.pays('pay', {}, first);
  await until('paid twice is noticed', () =>
    shopper.order().notes.join().includes('money is to be given back'),
  );
  const order = shopper.order();
  checks.same('it stays paid', [order.status, order.paid], [paid.status, true]);
  checks.same('what is too much is due', order.coinpay.refund_due.reason, 'overpaid');
  checks.same('and no second mail', processing(shopper.mails()).length, 1);
}

async function twoTabs(shopper, checks) {
  const { site, context } = shopper;
  await shopper.buys(site.goods.book);
  const other = await context.newPage();
  await shopper.checksOut(other, 'USDC_POL');
  const orders = site.do('orders_of', { email: shopper.email });
  checks.same('one order', orders.length, 1);
  const { coinpay, id } = shopper.order();
  checks.same('one payment', site.do('explain', { id }).attempts.length, 1);
  const addresses = [];
  for (const page of [shopper.page, other]) {
    addresses.push(await page.locator('.pay code').nth(1).innerText());
  }
  const { address } = coinpay.payment;
  checks.same('both tabs show its address', addresses, [address, address]);
  await shopper.pays();
  await shopper.reads('Paid. Thank you!', other);
  await shopper.reads('Paid. Thank you!');
  await paidOnce(shopper, checks, await shopper.becomes('processing'));
}

async function anotherGateway(shopper, checks) {
  const { site } = shopper;
  await shopper.buys(site.goods.book);
  const payment = shopper.paymentId();
  await shopper.checksOut(shopper.page, null, 'cheque');
  const { id, method, status } = shopper.order();
  checks.same('the same order, by check', [method, status], ['cheque', 'on-hold']);
  site.do('set_status', { id, complete: true });
  const paid = shopper.order();
  checks.same('paid by check', [paid.status, paid.transaction], ['processing', 'elsewhere']);
  const mails = shopper.mails().length;
  await shopper.pays('pay', {}, payment);
  await until('the money is noticed', () =>
    shopper.order().notes.join().includes('paid in another way'),
  );
  site.do('timer');
  const after = shopper.order();
  checks.same('left alone', [after.status, after.transaction], ['processing', 'elsewhere']);
  checks.same('a person is needed at the library', after.coinpay.status, 'needs_review');
  checks.same('the money is to go back', after.coinpay.refund_due.reason, 'paid_elsewhere');
  checks.same('no mail to the shopper', shopper.mails().length, mails);
}

async function scriptless(shopper, checks, browser) {
  await shopper.buys(shopper.site.goods.book);
  const context = await browser.somebody({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(shopper.page.url());
  await shopper.reads('Please send your payment', page);
  await page.locator('summary').first().click();
  await page.selectOption('select[name=blockchain]', 'ETH');
  await page.locator('form:has(select[name=blockchain]) button').click();
  await until(
    'another payment is asked for',
    () => shopper.order().coinpay.payment?.blockchain === 'ETH',
  );
  await shopper.reads('Please send your payment', page);
  const { address } = shopper.order().coinpay.payment;
  checks.same('its address', await page.locator('.pay code').nth(1).innerText(), address);
  const forged = page.url().replace(/key=[^&]+/, 'key=wc_order_guess');
  checks.same('without the key there is nothing', (await page.goto(forged)).status(), 404);
  await page.goto(shopper.page.url());
  await page.locator('details:has(button:text("Yes, cancel")) summary').click();
  await page.locator('button', { hasText: 'Yes, cancel' }).click();
  await shopper.becomes('cancelled');
  await context.close();
}
