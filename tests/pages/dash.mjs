// The operator's view: an underpaid and a late-paid order are resolved in it, and their stories
// tell who did what; side work is settled, stock corrected; and nobody else gets in.

import { request } from 'node:http';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { DESKTOP, PHONE } from './stage.mjs';

export async function dash(stage, checks) {
  const parts = {
    'an underpaid order is accepted, and its story says by whom': underpaid,
    'a late-paid order is closed and its refund written down': late,
    'every page is clean for axe, wide and narrow, light and dark': pages,
    'stock is corrected, and a wrong number is told': stock,
    'figures are those that Prometheus gets': metrics,
    'coinpay dash lets in whoever has the key, and no form of another site': door,
  };
  for (const [name, part] of Object.entries(parts)) {
    await checks.part(`dash: ${name}`, () => part(stage, checks));
  }
}

const at = (stage, path) => `${stage.shop}/admin/dash${path}`;
const stageSettled = (page) => page.locator('dd b', { hasText: /./ }).first().innerText();

async function underpaid(stage, checks) {
  const order = await stage.order();
  await stage.fault('confirm_short');
  await stage.pays(order, 'underpay', { by: '1/10' });
  const { context, page, complaints } = await stage.somebody();
  await page.goto(at(stage, '/review'));
  await page.getByRole('link', { name: order.orderId }).first().click();
  checks.same('needs a person', await stageSettled(page), 'needs review');
  checks.that('the alert says why', (await page.getByText('Due 12.00 USD, came 10').count()) > 0);
  const accept = page.locator('form', { hasText: 'Accept as paid' });
  await accept.getByLabel('Why').fill('a regular customer');
  await accept.getByRole('button').click();
  await page.waitForLoadState();
  checks.that('accepted', ['paid', 'fulfilled'].includes(await stageSettled(page)));
  const story = await page.locator('.story').innerText();
  for (const word of ['accepted, by operator', 'a regular customer', 'in spite of: short', 'rule:']) {
    checks.that(`the story says ${word}`, story.includes(word), story);
  }
  checks.same('axe', await stage.faults(page), []);
  checks.same('complaints', complaints, []);
  await stage.picture(page, 'dash-underpaid-story');
  await stage.settle();
  await context.close();
}

async function late(stage, checks) {
  const order = await stage.order();
  await stage.passes(27 * 3600);
  await stage.pays(order);
  const { context, page } = await stage.somebody({ size: PHONE });
  await page.goto(at(stage, `/orders?search=${order.paymentId}`));
  await page.getByRole('link', { name: order.orderId }).click();
  checks.that('is late', (await page.getByText('too late').count()) > 0);
  checks.that('says when', (await page.getByText('The time to pay ended at').count()) > 0);
  const close = page.locator('form', { hasText: 'Close and give the money back' });
  await close.getByLabel('Why').fill('the offer has ended');
  await close.getByRole('button').click();
  await page.getByText('To give back').waitFor();
  checks.same('closed', await stageSettled(page), 'cancelled');
  const refund = page.locator('form', { hasText: 'Write down' });
  checks.same('the sum is filled in', await refund.locator('[name=amount]').inputValue(), '12.00');
  await refund.getByLabel('Why').fill('sent back to 0xfeed');
  await refund.getByRole('button').click();
  await page.getByText('Refunded').first().waitFor();
  checks.same('nothing is left to give back', await page.getByText('To give back').count(), 0);
  const story = await page.locator('.story').innerText();
  for (const word of ['closed, by operator', 'the offer has ended', 'refund recorded, by operator']) {
    checks.that(`the story says ${word}`, story.includes(word), story);
  }
  await stage.picture(page, 'dash-late-story');
  await context.close();
}

async function pages(stage, checks) {
  // One that needs a person, and one with money to give back.
  for (const close of [false, true]) {
    const short = await stage.order();
    await stage.fault('confirm_short');
    await stage.pays(short, 'underpay', { by: '1/10' });
    if (close) await stage.at(`/admin/orders/${short.orderId}/review`, {});
  }
  const open = await stage.order({ sku: 'mug' });
  const paid = await stage.order({ sku: 'mug' });
  await stage.pays(paid);
  const places = ['/', '/review', '/effects', '/stock', '/figures', `/orders/${paid.orderId}`];
  for (const [size, colorScheme] of [[DESKTOP, 'light'], [PHONE, 'dark']]) {
    const { context, page, complaints } = await stage.somebody({ size, colorScheme });
    for (const place of places) {
      await page.goto(at(stage, place));
      checks.same(`${place} axe ${colorScheme}`, await stage.faults(page), []);
      checks.that(`${place} fits ${size.width}`, !(await stage.overflows(page)));
      const name = place.split('/')[1] || 'home';
      await stage.picture(page, `dash-${name}-${size === PHONE ? 'phone' : 'desktop'}`);
    }
    checks.same('complaints', complaints, []);
    await page.goto(at(stage, '/orders?status=awaiting_payment'));
    checks.that('filters', (await page.getByRole('link', { name: open.orderId }).count()) === 1);
    checks.same('and only those', await page.getByRole('link', { name: paid.orderId }).count(), 0);
    await context.close();
  }
}

async function stock(stage, checks) {
  const { context, page } = await stage.somebody();
  await page.goto(at(stage, '/stock'));
  const put = async (sku, delta) => {
    await page.getByLabel('Article').fill(sku);
    await page.getByLabel('Pieces').fill(delta);
    await page.getByRole('button', { name: 'Write down' }).click();
  };
  await put('postcard', '+5');
  const row = page.locator('tr', { hasText: 'postcard' });
  checks.same('put on the shelf', await row.locator('td').nth(1).innerText(), '5');
  await put('postcard', '-9');
  await page.getByRole('alert').waitFor();
  checks.same('not below nothing', await row.locator('td').nth(1).innerText(), '5');
  await context.close();
}

async function metrics(stage, checks) {
  const answer = await fetch(at(stage, '/metrics'));
  const text = await answer.text();
  checks.that('kind', answer.headers.get('content-type').startsWith('text/plain; version=0.0.4'));
  const shape = /^[a-z_0-9]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.]+$/;
  const lines = text.trim().split('\n');
  const odd = lines.filter((line) => !line.startsWith('# ') && !shape.test(line));
  checks.same('every line is one of the format', odd, []);
  for (const name of ['coinpay_open_orders', 'coinpay_stock_pieces', 'coinpay_paid_within_30d']) {
    checks.that(name, text.includes(`\n${name}{`));
  }
  checks.that('no order is named', !/[0-9a-f]{8}-[0-9a-f]{4}-/.test(text));
}

/** Asks as no browser would. */
function raw(url, { method = 'GET', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function door(stage, checks) {
  const day = readdirSync(stage.folder).find((name) => name.startsWith('day-'));
  const database = readdirSync(join(stage.folder, day)).find((name) => name.endsWith('.db'));
  const url = new URL(
    JSON.parse(
      await stage.start(['dash', '--listen', '127.0.0.1:0', '--actor', 'anna', '--json'], {
        COINPAY_MODE: 'test',
        COINPAY_API_KEY: 'cp_test_sandbox',
        COINPAY_BUSINESS_ID: '5a0db0c5-0000-4000-8000-000000000001',
        COINPAY_BASE_URL: stage.control.replace('/control', '/api'),
        COINPAY_DATABASE: `sqlite:${join(stage.folder, day, database)}`,
      }),
    ).url,
  );
  stage.dash = url.origin;
  checks.same('nobody without the key', (await raw(url.origin)).status, 403);
  checks.same('not with another', (await raw(`${url.origin}/?key=${'0'.repeat(32)}`)).status, 403);
  const rebound = { headers: { host: `evil.example:${url.port}` } };
  checks.same('not by another name', (await raw(`${url.origin}/metrics`, rebound)).status, 421);
  checks.same('metrics without', (await raw(`${url.origin}/metrics`)).status, 200);

  const { context, page, complaints } = await stage.somebody();
  await page.goto(url.href);
  checks.same('the key leaves the address', page.url(), `${url.origin}/`);
  checks.that('says who one is', (await page.getByText('You are anna').count()) === 1);
  const order = await stage.order();
  await page.goto(`${url.origin}/orders/${order.orderId}`);
  await page.locator('form', { hasText: 'Cancel' }).getByRole('button').click();
  await page.getByText('by anna').waitFor();
  checks.same('complaints', complaints, []);

  const other = await stage.order();
  const [cookie] = await context.cookies();
  const headers = {
    cookie: `${cookie.name}=${cookie.value}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const forged = { method: 'POST', headers, body: 'act=cancel&csrf=x' };
  const place = `${url.origin}/orders/${other.orderId}`;
  checks.same('no form without the secret', (await raw(place, forged)).status, 403);
  const site = { ...forged, headers: { ...headers, 'sec-fetch-site': 'cross-site' } };
  checks.same('no form of another site', (await raw(place, site)).status, 403);
  checks.that('kept from scripts', cookie.httpOnly && cookie.sameSite === 'Strict');
  const story = await page.goto(place).then(() => page.locator('.story').innerText());
  checks.that('nothing happened', !story.includes('cancelled'));
  await context.close();
}
