// The operator's view: what has to hold of it wherever it is mounted.

import assert from 'node:assert/strict';

export const PLACE = '/admin/coinpay';
export const DASH_SECRET = 'a secret of the tests, which is long enough';
export const METRICS_TOKEN = 'a token of the tests, as long as the secret';
const NOBODY = 'Nobody is logged in who may look at this.\n';

/**
 * A mount under test: its `origin`, the headers of an operator whose `login` it believes and whose
 * `name` is written into the log, an `underpaid` order of its shop, and an order's `status`.
 */
export class Desk {
  constructor({ origin, login, name, underpaid, status }) {
    Object.assign(this, { url: `${origin}${PLACE}`, login, name, underpaid, status });
  }

  get(path, headers = this.login) {
    return fetch(`${this.url}${path}`, { headers, redirect: 'manual' });
  }

  post(path, fields, headers = this.login) {
    const body = new URLSearchParams(fields);
    return fetch(`${this.url}${path}`, { method: 'POST', body, headers, redirect: 'manual' });
  }

  async page(path) {
    const answer = await this.get(path);
    const text = await answer.text();
    assert.equal(answer.status, 200, `${path}: ${text}`);
    assert.match(
      answer.headers.get('content-security-policy'),
      /^default-src 'none'; style-src 'n/,
    );
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return text;
  }
}

const fieldsOf = (page, name) =>
  [...page.matchAll(new RegExp(`name="${name}" value="([^"]+)"`, 'g'))].map(([, value]) => value);

/** What a browser sends by the button *Accept as paid*. */
function acceptance(page) {
  const reasons = [...new Set(fieldsOf(page, 'reason'))].map((reason) => ['reason', reason]);
  assert.ok(reasons.length > 0, page);
  return [['act', 'accept'], ['note', 'a regular & friend'], ...reasons];
}

/** Each is a sentence that has to be true of a `Desk`. */
export const dashScenarios = {
  async 'whoever is not logged in is shown nothing of the dash, and decides nothing'(desk) {
    const order = await desk.underpaid();
    const path = `/orders/${order.orderId}`;
    const wrong = [{}, { authorization: 'Bearer another token, of some length' }];
    // Good for the figures and for nothing else.
    const scraper = { authorization: `Bearer ${METRICS_TOKEN}` };
    const asked = [
      ...wrong.flatMap((headers) =>
        ['', '/', '/orders', path, '/figures', '/metrics'].map((at) => desk.get(at, headers)),
      ),
      desk.get(path, scraper),
      desk.post('/metrics', { act: 'close' }, scraper),
      desk.post(path, { act: 'close' }, {}),
    ];
    for (const answer of await Promise.all(asked)) {
      assert.equal(answer.status, 403, answer.url);
      assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
      assert.equal(await answer.text(), NOBODY);
    }
    assert.equal(await desk.status(order), 'needs_review');
  },
  async 'an operator accepts an underpaid order, and the story says who and why'(desk) {
    const order = await desk.underpaid();
    const path = `/orders/${order.orderId}`;
    assert.ok((await desk.page('/review')).includes(order.orderId));
    const page = await desk.page(path);
    const [csrf] = fieldsOf(page, 'csrf');
    const done = await desk.post(path, [...acceptance(page), ['csrf', csrf]]);
    assert.equal(done.status, 303, await done.text());
    assert.equal(new URL(done.headers.get('location'), desk.url).href, `${desk.url}${path}`);
    assert.match(await desk.status(order), /^(paid|fulfilled)$/);
    const decided = `<b>${desk.name}</b>: <q>a regular &amp; friend</q>`;
    const story = await desk.page(path);
    assert.ok(story.includes(decided), story);
    // A button that is pressed twice; the shop's worker may have fulfilled the order meanwhile.
    const again = await desk.post(path, [...acceptance(page), ['csrf', csrf]]);
    assert.ok([303, 409].includes(again.status), String(again.status));
    assert.equal((await desk.page(path)).split(decided).length, 2, 'decided once');
  },
  async "a form without the operator's own token changes nothing"(desk) {
    const order = await desk.underpaid();
    const path = `/orders/${order.orderId}`;
    const page = await desk.page(path);
    const [csrf] = fieldsOf(page, 'csrf');
    assert.match(csrf, /^[0-9a-f]{64}$/);
    const form = acceptance(page);
    for (const forged of [[], [['csrf', '']], [['csrf', '0'.repeat(64)]], [['csrf', `${csrf}0`]]]) {
      const refused = await desk.post(path, [...form, ...forged]);
      assert.equal(refused.status, 403);
    }
    const elsewhere = { ...desk.login, 'sec-fetch-site': 'cross-site' };
    const sent = await desk.post(path, [...form, ['csrf', csrf]], elsewhere);
    assert.equal(sent.status, 403, 'a form of another site');
    assert.equal(await desk.status(order), 'needs_review');
  },
  async 'Prometheus reads the figures by its token'(desk) {
    await desk.underpaid();
    for (const headers of [{ authorization: `Bearer ${METRICS_TOKEN}` }, desk.login]) {
      const answer = await desk.get('/metrics', headers);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
      assert.match(await answer.text(), /^coinpay_open_orders\{status="needs_review"\} [1-9]/m);
    }
  },
  async 'what is no page is told so'(desk) {
    assert.equal((await desk.get('/nowhere')).status, 404);
    assert.equal((await desk.get('/orders/%E0%A4%A')).status >= 400, true);
    const large = await desk.post('/stock', { note: 'x'.repeat(70_000) });
    assert.equal(large.status, 413);
  },
};
