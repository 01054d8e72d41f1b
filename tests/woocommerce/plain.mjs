// WordPress without WooCommerce: the plugin is installed, set up, tried, switched off and deleted,
// and takes webhooks meanwhile.

import { createHmac } from 'node:crypto';

import { leaving } from './leaving.mjs';
import { PLUGIN, Site } from './stage.mjs';

const SECRET = 'whsec_sandbox';

const sign = (body, secret = SECRET) => {
  const time = Math.floor(Date.now() / 1000);
  const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return `t=${time},v1=${mac}`;
};

async function hook(site, body, signature) {
  const headers = { 'content-type': 'application/json' };
  if (signature !== undefined) headers['x-coinpay-signature'] = signature;
  const url = `${site.url}/?coinpay-webhook=1`;
  const answer = await fetch(url, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
}

export async function logIn(site, context, login = 'admin') {
  const page = await context.newPage();
  await page.goto(`${site.url}/wp-login.php`);
  await page.fill('#user_login', login);
  await page.fill('#user_pass', 'secret');
  await page.click('#wp-submit');
  await page.waitForURL(/wp-admin/);
  return page;
}

export async function plain({ command, archive, wordpress, ...place }, browser, checks) {
  const site = new Site({ ...place, name: 'plain', source: wordpress, prefix: 'plain_' });
  try {
    await checks.part('WordPress is installed, and unpacks the plugin', async () => {
      const { version } = await site.build();
      console.log(`       WordPress ${version}`);
      const { done, executable } = site.do('unpack_plugin', { archive });
      checks.same('unpacked, without permission to execute', [done, executable], [true, false]);
    });
    await checks.part('it is switched on', async () => {
      const { errors, active } = site.do('activate', { plugins: [PLUGIN] });
      checks.same('errors', errors, []);
      checks.same('active', active, [PLUGIN]);
    });
    await site.openGateway(command);
    await site.serve();
    const context = await browser.reader();
    const admin = await logIn(site, context);
    const own = `${site.url}/wp-admin/options-general.php?page=coinpay`;
    await checks.part('the page says what is missing', () => missing(site, admin, own, checks));
    await checks.part('wrong settings are refused, one by one', () =>
      refused(site, admin, own, checks),
    );
    await checks.part('the shop is set up, and tried by its buttons', () =>
      tried(site, admin, own, checks),
    );
    await checks.part('nobody but an administrator gets in', () =>
      strangers(site, browser, own, checks),
    );
    const view = `${site.url}/wp-admin/options-general.php?page=coinpay-orders`;
    await checks.part("the operator's view is whole, under its own policy", () =>
      operated(admin, view, checks),
    );
    await checks.part("nobody else sees the operator's view", () =>
      kept(site, browser, { view, role: 'subscriber' }, checks),
    );
    await checks.part('webhooks are taken, forged ones are not', () => webhooks(site, checks));
    await checks.part('the timer runs by WP-Cron', async () => {
      checks.same('scheduled', site.do('timer'), { scheduled: true });
      checks.that('work was called', site.do('health').worked_at_ms > Date.now() - 60000);
    });
    await checks.part('FFI is used where PHP allows it', async () => {
      await site.serve({ 'ffi.enable': '1' });
      await admin.goto(own);
      const health = await admin.locator('#coinpay-health').innerText();
      checks.that('ffi', /, ffi: ffi.enable is on/.test(health), health);
    });
    const ways = { 'by the bridge': [{}, /, bridge: no FFI/] };
    ways['preloaded'] = [site.preloading(), /, ffi: the package was loaded by opcache.preload/];
    for (const [way, [settings, wanted]] of Object.entries(ways)) {
      await checks.part(`php-fpm behind nginx, ${way}`, async () => {
        await site.serveByFpm(settings);
        await admin.goto(own);
        const health = await admin.locator('#coinpay-health').innerText();
        checks.that('the engine', wanted.test(health), health);
        await pressed(admin, checks);
        await webhooks(site, checks);
      });
    }
    await checks.part(
      'without FFI and proc_open the page says which setting to change',
      async () => {
        await site.serve({ disable_functions: 'proc_open' });
        await admin.goto(own);
        const words = await admin.locator('.notice-error').first().innerText();
        checks.that('names both', /ffi\.enable=1/.test(words) && /proc_open/.test(words), words);
      },
    );
    await checks.part('every form of DB_HOST reaches the database', () => hosts(site, checks));
    await site.serve();
    await leaving(site, archive, browser, checks);
    await checks.part('switched off and deleted, the records stay until asked for', () =>
      leave(site, checks),
    );
    checks.same('PHP complained of nothing', site.complaints(), []);
  } finally {
    await site.close();
  }
}

async function missing(site, admin, own, checks) {
  await admin.goto(own);
  const body = await admin.locator('.wrap').innerText();
  checks.that('WooCommerce is missing', body.includes('WooCommerce is not active'));
  checks.that('settings are missing', body.includes('api_key, business_id, webhook_secrets'), body);
  checks.that('the engine is named', /bridge: no FFI/.test(body), body);
  const address = `${site.url}/?coinpay-webhook=1`;
  checks.that('the address of webhooks is shown', body.includes(address));
}

async function fill(admin, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = admin.locator(`[name="coinpay[${name}]"]`);
    if (name === 'mode') await field.selectOption(value);
    else await field.fill(value);
  }
  await admin.click('#submit');
  await admin.waitForURL(/page=coinpay/);
}

async function refused(site, admin, own, checks) {
  const attempts = [
    [{ mode: 'live', api_key: 'cp_test_abc' }, 'test key, and the mode is live'],
    [{ mode: 'test', api_key: 'cp_live_abc' }, 'live key, and the mode is test'],
    [{ business_id: 'my shop' }, 'not a UUID'],
    [{ base_url: 'http://example.com/api' }, 'has to begin with https'],
    [{ window_minutes: '5' }, '16 to 10080 minutes'],
  ];
  for (const [fields, words] of attempts) {
    await admin.goto(own);
    await fill(admin, fields);
    const told = await admin.locator('.notice-error').allInnerTexts();
    checks.that(words, told.join().includes(words), told.join());
  }
  const { business_id, base_url, api_key } = site.do('option', {
    name: 'woocommerce_coinpay_settings',
  });
  checks.same('nothing of it was stored', [business_id, base_url, api_key], ['', '', '']);
}

async function tried(site, admin, own, checks) {
  await admin.goto(own);
  const { mode, api_key, business_id, webhook_secrets, base_url } = site.settings();
  await fill(admin, { mode, api_key, business_id, webhook_secrets, base_url });
  checks.same('no errors', await admin.locator('.notice-error').allInnerTexts(), []);
  const secrets = await admin
    .locator('input[type=password]')
    .evaluateAll((all) => all.map((one) => one.value).join());
  checks.that('no secret is shown', !secrets.includes('sandbox'), secrets);
  const html = await admin.content();
  checks.that('nor anywhere else', !html.includes(webhook_secrets) && !html.includes(api_key));

  await pressed(admin, checks);

  await fill(admin, { webhook_secrets: 'another' });
  await site.gateway('/webhooks/config', { secret: 'whsec_sandbox' });
  const { status } = await hook(site, '{}', sign('{}'));
  checks.same('what is signed with an old secret is refused', status, 401);
  await fill(admin, { webhook_secrets: 'another whsec_sandbox' });
  checks.same('unless both are given', (await hook(site, '{}', sign('{}'))).status, 200);
}

/** The tests of the connection and of webhooks, by their buttons. */
async function pressed(admin, checks) {
  await admin.click('#coinpay_connection');
  await admin.waitForURL(/page=coinpay/);
  const good = await admin.locator('.notice-success').allInnerTexts();
  checks.same('four things are well', good.length, 4);
  checks.that('coins are named', good.join().includes('Bitcoin (BTC)'), good.join());

  await admin.click('#coinpay_webhook');
  await admin.waitForURL(/page=coinpay/);
  const arrived = await admin.locator('.notice').allInnerTexts();
  checks.that(
    'it has arrived',
    arrived.join().includes('It has arrived in the database'),
    arrived.join(),
  );
}

async function strangers(site, browser, own, checks) {
  const context = await browser.reader();
  const page = await context.newPage();
  await page.goto(own);
  checks.that('the page asks for a login', page.url().includes('wp-login.php'), page.url());
  const acts = `${site.url}/wp-admin/admin-post.php?action=coinpay_save`;
  const posted = await fetch(acts, { method: 'POST', redirect: 'manual' });
  checks.that(
    'without a login nothing is done',
    [302, 400, 403].includes(posted.status),
    posted.status,
  );
  const admin = await logIn(site, context);
  const forged = await admin.request.post(acts, { form: { 'coinpay[enabled]': 'yes' } });
  checks.same('without a nonce nothing is done', forged.status(), 403);
  checks.same(
    'and nothing was',
    site.do('option', { name: 'woocommerce_coinpay_settings' }).enabled,
    'no',
  );
  await context.close();
}

/** The pages of the operator's view, and forms that are good for their session only. */
export async function operated(admin, view, checks) {
  const policy = async (answer) => (await answer.allHeaders())['content-security-policy'] ?? '';
  const opened = await admin.goto(view);
  checks.same('it is there', opened.status(), 200);
  const told = await policy(opened);
  checks.that('a strict policy', /^default-src 'none'; style-src 'nonce-/.test(told), told);
  const header = await admin.locator('header').innerText();
  checks.that('who asks is named', header.includes('You are admin'), header);
  await admin.click('nav >> text=Figures');
  checks.same('figures', await admin.locator('h1').innerText(), 'Figures');
  await admin.click('nav >> text=Orders');
  await admin.selectOption('select[name=status]', 'paid');
  await admin.click('button >> text=Show');
  const asked = new URL(admin.url()).searchParams;
  checks.same(
    'a filter leads to the same page',
    [asked.get('page'), asked.get('status'), await admin.locator('h1').innerText()],
    ['coinpay-orders', 'paid', 'Orders'],
  );
  await admin.click('nav >> text=Stock');
  const token = await admin.locator('input[name=csrf]').first().getAttribute('value');
  const form = { act: 'adjust', adjustment_id: 'a', sku: 'mug', delta: '5' };
  const sent = async (more) => {
    const options = { form: { ...form, ...more }, maxRedirects: 0 };
    return (await admin.request.post(admin.url(), options)).status();
  };
  checks.same('without a token', await sent({}), 403);
  checks.same('with another token', await sent({ csrf: token.replace(/^./, 'x') }), 403);
  await admin.reload();
  const body = await admin.locator('main').innerText();
  checks.that('nothing was written down', !body.includes('mug'), body);
  checks.same('with its own token it is', await sent({ csrf: token }), 303);
  await admin.reload();
  checks.that('and shown', (await admin.locator('main').innerText()).includes('mug'));
}

/** A visitor and a user without the right are shown nothing of it. */
export async function kept(site, browser, { view, role }, checks) {
  const visitor = await fetch(view, { redirect: 'manual' });
  const to = visitor.headers.get('location') ?? '';
  checks.that('a visitor is sent to the login', to.includes('wp-login.php'), to);
  checks.that('and sees nothing', !(await visitor.text()).includes('Side work'));
  const form = { method: 'POST', redirect: 'manual', body: new URLSearchParams({ act: 'adjust' }) };
  checks.same('nor by a form', (await fetch(view, form)).status, 302);
  site.do('make_user', { login: role, role });
  const context = await browser.reader();
  const page = await logIn(site, context, role);
  const refused = await page.goto(view);
  checks.same(`a ${role} is refused`, refused.status(), 403);
  checks.that('and sees nothing', !(await page.content()).includes('Side work'));
  await context.close();
}

async function webhooks(site, checks) {
  const body = JSON.stringify({
    id: 'evt_1',
    type: 'payment.confirmed',
    data: { payment_id: '0f7c2b9e-1111-4222-8333-444455556666', status: 'confirmed' },
  });
  const cases = [
    ['unsigned', body, undefined, 401],
    ['forged', body, sign(body, 'guess'), 401],
    ['changed on the way', `${body} `, sign(body), 401],
    ['authentic', body, sign(body), 200],
    ['again', body, sign(body), 200],
    ['authentic and not JSON', '{"id":', sign('{"id":'), 200],
    ['too large', 'x'.repeat(300000), sign('x'.repeat(300000)), 413],
  ];
  for (const [name, sent, signature, wanted] of cases) {
    const { status, text } = await hook(site, sent, signature);
    checks.same(name, status, wanted);
    checks.that(`${name}: JSON`, typeof JSON.parse(text) === 'object', text);
  }
  const asked = await fetch(`${site.url}/?coinpay-webhook=1`);
  checks.same('a GET is told to post', asked.status, 405);
  const health = site.do('health');
  checks.that('the refusal is explained', Boolean(health.webhook_rejected?.cause));
  const taken = site.do('option', { name: 'coinpay_last_accepted' });
  checks.same('what was taken last is known', taken.outcome, 'unreadable');
}

async function hosts(site, checks) {
  const socket = site.do('socket');
  const { hostname, port } = site.database;
  for (const host of [`${hostname}:${port}`, `localhost:${socket}`, `:${socket}`]) {
    site.configure(host);
    checks.that(host, site.do('health').worked_at_ms > 0);
  }
  site.configure(site.database.host);
}

async function leave(site, checks) {
  site.do('deactivate', { plugins: [PLUGIN] });
  const kept = site.do('uninstall');
  checks.same('deleted', kept.deleted, true);
  checks.same('tables that stay', kept.tables.length, 8);
  site.do('activate', { plugins: [PLUGIN] });
  const settings = site.do('option', { name: 'woocommerce_coinpay_settings' });
  checks.same('installed again, the settings are there', settings.mode, 'test');
  const { keep_data: _, ...others } = site.settings();
  site.do('settings', others);
  site.do('deactivate', { plugins: [PLUGIN] });
  const gone = site.do('uninstall');
  checks.same('nothing stays when that was asked for', [gone.tables, gone.options], [[], []]);
}
