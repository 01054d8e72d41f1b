// The page to pay on, as shoppers meet it: every state on a desk and in a hand, without scripts,
// from right to left, in the dark, by keyboard, with the network gone for a while.

import { gzipSync } from 'node:zlib';

import { DESKTOP, PHONE } from './stage.mjs';

const MOST_BYTES = 30 * 1024;
const LANGUAGES = ['en', 'de', 'es', 'fr', 'ja', 'ar'];

const headline = (page) => page.locator('h1').innerText();
const address = (page) => page.locator('.pay code').nth(1);

/** Brings an order into each state; what is said there, and whether there is something to pay. */
const STATES = {
  waiting: { says: 'Please send your payment', pays: true, async bring() {} },
  seen: {
    says: 'Your payment is on its way',
    bring: (stage, order) => stage.event(order, 'payment.detected', { tx_hash: null }),
  },
  confirming: {
    says: 'Your payment is being confirmed',
    bring: (stage, order) => stage.event(order, 'payment.confirming', { tx_hash: '0xabc' }),
  },
  paid: { says: 'Paid. Thank you!', bring: (stage, order) => stage.pays(order) },
  underpaid: {
    says: 'Part of the payment is missing',
    async bring(stage, order) {
      await stage.fault('confirm_short');
      await stage.pays(order, 'underpay', { by: '1/10' });
    },
  },
  in_review: {
    says: 'Your payment is being checked',
    async bring(stage, order) {
      await stage.fault('wrong_content');
      await stage.pays(order);
    },
  },
  cancelled: {
    says: 'This order was cancelled',
    bring: (stage, order) => stage.at(`/admin/orders/${order.orderId}/cancel`, {}),
  },
  refunded: {
    says: 'This order was refunded',
    async bring(stage, order) {
      await stage.pays(order);
      const refund = { id: 'r1', amount: '12.00', ends_order: true };
      await stage.at(`/admin/orders/${order.orderId}/refund`, refund);
    },
  },
  quote_expired: {
    says: 'A new quote is needed',
    bring: (stage) => stage.passes(16 * 60),
  },
  expired: {
    says: 'The time to pay is over',
    bring: (stage) => stage.passes(65 * 60),
  },
  late: {
    says: 'Your payment came late',
    async bring(stage, order) {
      await stage.passes(27 * 3600);
      await stage.pays(order);
    },
  },
};

export async function pay(stage, checks) {
  for (const [name, state] of Object.entries(STATES)) {
    await checks.part(`pay page: ${name}`, () => lookAt(stage, checks, name, state));
  }
  const rest = {
    'what is shown is what the server said, small and from nobody else': matches,
    'live: from waiting to paid without a reload': live,
    'resumes after a reload and in a second tab': tabs,
    'the network is cut and comes back': cut,
    'the countdown ends: the address is gone before anybody answers': countdown,
    'without JavaScript: forms, and the page renews itself': scriptless,
    'an underpaid order is paid by a second payment': theRest,
    'from right to left, in six languages, on a narrow phone': languages,
    'by keyboard, and copied exactly': keyboard,
    'inside of a page of the shop': embedded,
  };
  for (const [name, part] of Object.entries(rest)) {
    await checks.part(`pay page: ${name}`, () => part(stage, checks));
  }
}

async function lookAt(stage, checks, name, state) {
  const order = await stage.order();
  await state.bring(stage, order);
  for (const [kind, size, colorScheme] of [
    ['desktop', DESKTOP, 'light'],
    ['phone', PHONE, 'dark'],
  ]) {
    const { context, page, complaints } = await stage.somebody({ size, colorScheme });
    await page.goto(order.url);
    const at = `${name} ${kind}`;
    checks.same(`${at} says`, await headline(page), state.says);
    checks.same(`${at} asks for money`, await address(page).count(), state.pays ? 1 : 0);
    checks.same(`${at} axe`, await stage.faults(page), []);
    checks.that(`${at} fits`, !(await stage.overflows(page)));
    checks.same(`${at} complaints`, complaints, []);
    await stage.picture(page, `pay-${name}-${kind}`);
    await context.close();
  }
}

async function matches(stage, checks) {
  const order = await stage.order({ blockchain: 'BTC' });
  const { context, page } = await stage.somebody();
  await page.goto(order.url);
  checks.same('address', await address(page).innerText(), order.address);
  checks.same('amount', await page.locator('.pay code').first().innerText(), order.cryptoAmount);
  const link = await page.locator('.pay a.button').getAttribute('href');
  checks.same('link', link, `bitcoin:${order.address}?amount=${order.cryptoAmount}`);
  const { tokens } = await (
    await fetch(`${stage.control.replace('/control', '/api')}/tokens`, {
      headers: { authorization: 'Bearer cp_test_sandbox' },
    })
  ).json();
  const offered = await page.locator('option').count();
  // USDT and USDC without a network are those on Ethereum, which are offered once.
  const unique = tokens.filter(({ symbol }) => !['USDT', 'USDC'].includes(symbol)).length;
  checks.same('offers the coins of the account', offered, unique);
  for (const language of LANGUAGES) {
    const answer = await fetch(order.url, { headers: { 'accept-language': language } });
    const html = await answer.text();
    const bytes = gzipSync(html).length;
    checks.that(`${language} weighs ${bytes} bytes`, bytes <= MOST_BYTES);
    const policy = answer.headers.get('content-security-policy');
    checks.that(`${language} has a strict policy`, /default-src 'none'/.test(policy ?? ''));
    // All that is shown stands before the one script, and nothing else is loaded.
    const script = html.indexOf('<script');
    checks.that(`${language} paints first`, html.indexOf(order.address) < script && script > 0);
    checks.that(`${language} loads nothing`, !/<(link|img|iframe)|src=|url\(|@import/.test(html));
  }
  await context.close();
}

async function live(stage, checks) {
  const order = await stage.order();
  const { context, page, complaints } = await stage.somebody({ size: PHONE });
  await page.goto(order.url);
  await page.evaluate(() => {
    window.same = true;
    window.heard = [];
    addEventListener('coinpay-change', ({ detail }) => window.heard.push(detail.hint));
  });
  await STATES.confirming.bring(stage, order);
  await stage.nudge(page);
  await page.getByText(STATES.confirming.says).first().waitFor();
  await stage.pays(order);
  await stage.nudge(page);
  await page.locator('h1', { hasText: STATES.paid.says }).waitFor();
  checks.that('no reload', await page.evaluate(() => window.same));
  checks.same('hosts hear of it', await page.evaluate(() => window.heard), ['confirming', 'paid']);
  const said = await page.locator('.note').textContent();
  checks.same('a screen reader is told', said, STATES.paid.says);
  checks.that('the title goes along', (await page.title()).startsWith(STATES.paid.says));
  checks.same('axe', await stage.faults(page), []);
  checks.same('complaints', complaints, []);
  await context.close();
}

async function tabs(stage, checks) {
  const order = await stage.order();
  const { context, page } = await stage.somebody();
  await page.goto(order.url);
  const second = await context.newPage();
  await second.goto(order.url);
  checks.same('same address', await address(second).innerText(), await address(page).innerText());
  await page.reload();
  checks.same('after a reload', await address(page).innerText(), order.address);
  await stage.pays(order);
  for (const tab of [page, second]) {
    await tab.bringToFront();
    await stage.nudge(tab);
    await tab.locator('h1', { hasText: STATES.paid.says }).waitFor();
  }
  checks.that('both tabs', true);
  await context.close();
}

async function cut(stage, checks) {
  const order = await stage.order();
  const { context, page } = await stage.somebody({ size: PHONE });
  await page.goto(order.url);
  await context.setOffline(true);
  await stage.nudge(page);
  await page.getByText('No answer from the shop at the moment').waitFor();
  checks.that('the address stays while its time runs', await address(page).isVisible());
  await stage.picture(page, 'pay-network-cut');
  await stage.pays(order);
  await context.setOffline(false);
  await page.locator('h1', { hasText: STATES.paid.says }).waitFor({ timeout: 20000 });
  await stage.picture(page, 'pay-network-back');
  checks.that('paid after all', true);
  await context.close();
}

async function countdown(stage, checks) {
  const order = await stage.order();
  const { context, page } = await stage.somebody();
  await page.clock.install();
  await page.goto(order.url);
  const left = page.locator('[role=timer]');
  checks.that('counts from the server', /^1[45]:\d\d$/.test(await left.innerText()));
  const before = await left.innerText();
  await page.clock.runFor(3000);
  checks.that('counts down', (await left.innerText()) < before);
  await context.setOffline(true);
  await page.clock.fastForward(16 * 60 * 1000);
  await page.clock.runFor(2000);
  checks.that('hidden when its time is over', await page.locator('.pay').isHidden());
  await stage.passes(16 * 60);
  await context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.clock.runFor(2000);
  await page.locator('h1', { hasText: STATES.quote_expired.says }).waitFor();
  checks.same('and gone when it has answered', await address(page).count(), 0);
  await context.close();
}

async function scriptless(stage, checks) {
  const order = await stage.order();
  const { context, page } = await stage.somebody({ javaScriptEnabled: false, size: PHONE });
  await page.goto(order.url);
  checks.same('the address is there', await address(page).innerText(), order.address);
  checks.same('nothing dead to press', await page.locator('[data-copy]:visible').count(), 0);
  checks.same('renews itself', await page.locator('noscript meta').count(), 1);
  await stage.picture(page, 'pay-scriptless-phone');
  await page.getByText('Pay with another coin or network').click();
  await page.locator('select').selectOption('ETH');
  await page.getByRole('button', { name: 'Show amount and address' }).click();
  await page.getByText('Send only ETH on Ethereum').waitFor();
  checks.that('another coin', (await address(page).innerText()) !== order.address);
  await page.getByText('Cancel this order').click();
  await page.getByRole('button', { name: 'Yes, cancel' }).click();
  await page.locator('h1', { hasText: STATES.cancelled.says }).waitFor();
  checks.same('cancelled shows no address', await address(page).count(), 0);
  await context.close();
}

async function theRest(stage, checks) {
  const order = await stage.order();
  await STATES.underpaid.bring(stage, order);
  const { context, page } = await stage.somebody();
  await page.goto(order.url);
  const text = await page.locator('.sums').innerText();
  checks.that('says what came and what is missing', /Received[\s\S]*Still missing/.test(text), text);
  await page.getByRole('button', { name: 'Show amount and address' }).click();
  await address(page).waitFor();
  checks.that('a new address', (await address(page).innerText()) !== order.address);
  await stage.picture(page, 'pay-the-rest');
  const { payment } = await (await fetch(stage.shop + order.statusUrl)).json();
  await stage.pays({ paymentId: payment.payment_id });
  await stage.nudge(page);
  await page.locator('h1', { hasText: STATES.paid.says }).waitFor();
  await context.close();
}

async function languages(stage, checks) {
  const order = await stage.order({ currency: 'EUR' });
  const said = new Set();
  for (const locale of LANGUAGES) {
    const { context, page, complaints } = await stage.somebody({ locale, size: PHONE });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(order.url);
    said.add(await headline(page));
    const root = page.locator('html');
    const direction = locale === 'ar' ? 'rtl' : 'ltr';
    checks.same(`${locale} direction`, await root.getAttribute('dir'), direction);
    checks.same(`${locale} lang`, await root.getAttribute('lang'), locale);
    checks.that(`${locale} fits`, !(await stage.overflows(page)));
    checks.same(`${locale} axe`, await stage.faults(page), []);
    checks.same(`${locale} address`, await address(page).innerText(), order.address);
    const reads = await address(page).evaluate((code) => getComputedStyle(code).direction);
    checks.same(`${locale} address is read from the left`, reads, 'ltr');
    checks.same(`${locale} complaints`, complaints, []);
    await stage.picture(page, `pay-language-${locale}`);
    await context.close();
  }
  checks.same('each in its own words', said.size, LANGUAGES.length);
}

async function keyboard(stage, checks) {
  const order = await stage.order();
  const permissions = ['clipboard-read', 'clipboard-write'];
  const { context, page } = await stage.somebody({ permissions });
  await page.goto(order.url);
  const reached = [];
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab');
    const what = await page.evaluate(() => document.activeElement.textContent.trim());
    reached.push(what);
    if (what !== 'Copy address') continue;
    await page.keyboard.press('Enter');
    await page.getByText('Copied.').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    checks.same('copied', copied, order.address);
  }
  for (const wanted of ['Copy amount', 'Copy address', 'Open in wallet', 'Cancel this order']) {
    checks.that(`Tab reaches ${wanted}`, reached.includes(wanted), reached.join(', '));
  }
  await page.getByText('Pay with another coin or network').focus();
  await page.keyboard.press('Enter');
  await page.locator('select').waitFor({ state: 'visible' });
  await page.keyboard.press('Tab');
  await page.keyboard.type('BTC');
  checks.same('chosen by typing', await page.locator('select').inputValue(), 'BTC');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Send only BTC on Bitcoin').waitFor();
  await context.close();
}

async function embedded(stage, checks) {
  const order = await stage.order();
  const place = order.url.replace('/pay?', '/embedded?');
  const { context, page, complaints } = await stage.somebody();
  await page.goto(place);
  // Playwright looks into open shadow roots by itself.
  await address(page).waitFor();
  checks.same('the same address', await address(page).innerText(), order.address);
  const styled = await page.locator('.card').evaluate((card) => getComputedStyle(card).borderRadius);
  checks.that('in its own style', styled !== '0px', styled);
  await page.locator('coinpay-checkout').evaluate((element) => {
    element.style.setProperty('--coinpay-accent', 'rgb(1, 2, 3)');
  });
  const accent = await page
    .locator('a.button')
    .evaluate((link) => getComputedStyle(link).backgroundColor);
  checks.same('themed from outside', accent, 'rgb(1, 2, 3)');
  checks.same('axe', (await stage.faults(page)).filter((fault) => !/^region/.test(fault)), []);
  await stage.picture(page, 'pay-embedded');
  await page.getByText('Pay with another coin or network').click();
  await page.locator('select').selectOption('BTC');
  await page.getByRole('button', { name: 'Show amount and address' }).click();
  await page.getByText('Send only BTC on Bitcoin').waitFor();
  checks.same('the page around it stays', page.url(), place);
  const { payment } = await (await fetch(stage.shop + order.statusUrl)).json();
  await stage.pays({ paymentId: payment.payment_id });
  await stage.nudge(page);
  await page.locator('h1', { hasText: STATES.paid.says }).waitFor();
  checks.same('complaints', complaints, []);
  const bare = await stage.somebody({ javaScriptEnabled: false });
  await bare.page.goto(place);
  await bare.page.getByRole('link', { name: 'To the payment' }).click();
  checks.same('a link without scripts', await headline(bare.page), STATES.paid.says);
  await bare.context.close();
  await context.close();
}
