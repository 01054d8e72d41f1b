// The question on WordPress's list of plugins: keep or delete the payment records?

import { logIn } from './plain.mjs';
import { PLUGIN, until } from './stage.mjs';

const ROW = `tr[data-plugin="${PLUGIN}"]`;
const OFF = `${ROW} .deactivate a`;
const TITLE = 'Keep or delete the payment records?';

/** A shopkeeper with a browser, before the list of plugins. */
export class Keeper {
  constructor(site, page, list) {
    Object.assign(this, { site, page, list });
    this.dialog = page.getByRole('dialog', { name: TITLE });
    this.open = this.dialog.getByRole('status');
  }

  static async comes(site, browser, { list = '/wp-admin/plugins.php', ...options } = {}) {
    const page = await logIn(site, await browser.somebody(options));
    return new Keeper(site, page, `${site.url}${list}`);
  }

  /** Clicks "Deactivate"; gives what the dialog says of open orders. */
  async asks() {
    await this.page.goto(this.list);
    await this.page.click(OFF);
    return this.counted();
  }

  async counted() {
    await this.dialog.locator('[value=go]:enabled').waitFor();
    const words = await this.open.locator('p').allInnerTexts();
    return words.map((text) => Number(/: (\d+)\./.exec(text)?.[1]));
  }

  choose = (label) => this.dialog.getByLabel(label).check();

  async goes() {
    await this.dialog.getByRole('button', { name: 'Answer and switch off' }).click();
    await this.page.waitForURL(/deactivate(-multi)?=true/);
  }

  checked = () => this.dialog.locator('[type=radio]:checked').getAttribute('value');

  /** WordPress's own "Delete", which asks nothing of us any more: with its script, or without. */
  async deletes() {
    const { page } = this;
    page.once('dialog', (dialog) => dialog.accept());
    await page.click(`${ROW} .delete a`);
    const sure = page.getByRole('button', { name: 'Yes, delete these files' });
    const done = page.getByText(/(was successfully|has been) deleted/);
    await sure.or(done).first().waitFor();
    if (await sure.isVisible()) await sure.click();
    await done.first().waitFor();
  }
}

export async function leaving(site, archive, browser, checks) {
  const keeper = await Keeper.comes(site, browser);
  const play = (name, run) => checks.part(name, () => run(keeper, checks, { archive, browser }));
  await play('before it is switched off a question is asked', question);
  await play('the answer to keep stands above the setting', keeps);
  await play('money that nobody was told of keeps the records', unforeseen);
  await play('nobody answers for the shopkeeper', strangers);
  await play('without JavaScript the setting counts, and says what it keeps', scriptless);
  await play('the answer to delete is obeyed by WordPress', deletes);
  await keeper.page.context().close();
}

/** A shop with WooCommerce, where WordPress has all of its own scripts. */
export async function leavingShop(site, browser, checks) {
  await checks.scene('leaving: a shop is asked, and deletes the plugin', async () => {
    const email = 'leaver@example.com';
    const { id } = site.do('make_order', { product: site.goods.book, email });
    const keeper = await Keeper.comes(site, browser);
    const [, waiting] = await keeper.asks();
    checks.that('its order is counted', waiting > 0, waiting);
    await keeper.choose('Delete them, for good');
    await keeper.goes();
    await keeper.deletes();
    const { tables, options } = site.do('tables');
    checks.same('no records stay', tables, []);
    checks.that('nor settings', !options.includes('woocommerce_coinpay_settings'), options.join());
    const [kept] = site.do('orders_of', { email });
    checks.same("the shop's own order does", kept, id);
    await keeper.page.context().close();
  });
}

const active = (site) => site.do('option', { name: 'active_plugins' });

/** Back as it was, with records that the setting would let go. */
function again(site) {
  site.do('activate', { plugins: [PLUGIN] });
  const { keep_data: _, ...others } = site.settings();
  site.do('settings', others);
}

const kept = (site) =>
  site.do('mails', { to: 'admin@shop.example' }).filter(({ subject }) => /were kept/.test(subject));

async function question(keeper, checks, { browser }) {
  const { site, page, dialog } = keeper;
  site.do('ask_for_money', { cart: 'waits' });
  const short = site.do('ask_for_money', { cart: 'short' });
  await site.gateway('/faults', { name: 'confirm_short', times: 1 });
  const { payment_id } = short.payment;
  await site.gateway(`/payments/${payment_id}/underpay`, { by: '1/10' });
  await site.gateway('/webhooks/flush', {});
  await until('money has come', () => site.do('health').orders.needs_review === 1);

  checks.same('one with money, one that waits', await keeper.asks(), [1, 1]);
  checks.same('keeping is the answer unless another is given', await keeper.checked(), 'keep');
  const focused = () => page.evaluate(() => document.activeElement?.value);
  checks.same('the keyboard is in it', await focused(), 'keep');
  checks.same('axe', await browser.faults(page, '#coinpay-leaving'), []);
  await page.keyboard.press('Escape');
  checks.same('it can be left', await dialog.isVisible(), false);
  const back = await page.evaluate((row) => document.activeElement?.closest(row) !== null, ROW);
  checks.that('the keyboard is where it was', back);
  await keeper.asks();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  checks.same('and it stays switched on', active(site), [PLUGIN]);
  checks.same('nothing is stored', site.do('option', { name: 'coinpay_leaving' }), false);
}

async function keeps(keeper, checks) {
  const { site, page } = keeper;
  again(site);
  await keeper.asks();
  await page.keyboard.press('Enter');
  await page.waitForURL(/deactivate=true/);
  checks.same('switched off', active(site), []);
  const { deleted, tables } = site.do('uninstall');
  checks.same('the records stay', [deleted, tables.length], [true, 8]);
  checks.same('which needs no mail', kept(site).length, 0);
}

/** By the list's own menu, for several plugins at once. */
async function unforeseen(keeper, checks) {
  const { site, page } = keeper;
  again(site);
  await page.goto(keeper.list);
  await page.check(`${ROW} [name="checked[]"]`);
  await page.selectOption('#bulk-action-selector-top', 'deactivate-selected');
  await page.click('#doaction');
  checks.same('asked there too', await keeper.counted(), [1, 1]);
  const orders = ['meanwhile', 'later'].map((cart) => site.do('ask_for_money', { cart }));
  site.do('money_is_seen', orders[0]);
  await keeper.choose('Delete them, for good');
  await keeper.dialog.getByRole('button', { name: 'Answer and switch off' }).click();
  await until('it is counted again', async () => (await keeper.counted())[0] === 2);
  checks.same('and asked again', await keeper.checked(), 'keep');
  checks.same('nothing is switched off', active(site), [PLUGIN]);
  await keeper.choose('Delete them, for good');
  await keeper.goes();
  checks.same('now it is', active(site), []);
  site.do('money_is_seen', orders[1]);
  checks.same('the records stay', site.do('uninstall').tables.length, 8);
  const [mail, ...more] = kept(site);
  checks.that('a mail says why', /told of.*: 3\./.test(mail?.message), mail?.message);
  checks.same('one mail', more.length, 0);
}

async function strangers(keeper, checks, { browser }) {
  const { site } = keeper;
  again(site);
  await keeper.asks();
  const { url, nonce } = await keeper.dialog.evaluate(({ dataset }) => ({ ...dataset }));
  const post = async ({ request }, form) => {
    const fields = { action: 'coinpay_leaving', choice: 'delete', told: '9', ...form };
    return (await request.post(url, { form: fields })).status();
  };
  const { page } = keeper;
  checks.same('without a nonce', await post(page, {}), 403);
  checks.same('with a wrong one', await post(page, { _ajax_nonce: 'guess' }), 403);
  checks.same('nor for a network', await post(page, { _ajax_nonce: nonce, network: '1' }), 403);
  checks.same('an unknown answer', await post(page, { _ajax_nonce: nonce, choice: 'x' }), 400);
  const fewer = { _ajax_nonce: nonce, told: '1' };
  checks.same('without knowing what is open', await post(page, fewer), 409);
  const visitor = await browser.somebody();
  checks.same('a visitor', await post(visitor, { _ajax_nonce: nonce }), 400);
  const editor = await logIn(site, visitor, 'subscriber');
  await editor.goto(`${site.url}/wp-admin/plugins.php`);
  checks.same('others are not asked', await editor.locator('#coinpay-leaving').count(), 0);
  const session = (await visitor.cookies()).find(({ name }) => name.includes('logged_in'));
  const cookie = decodeURIComponent(session.value);
  const own = site.do('nonce', { login: 'subscriber', cookie, action: 'coinpay_leaving' });
  checks.same('nor may they answer', await post(editor, { _ajax_nonce: own }), 403);
  await visitor.close();
  checks.same('nothing is stored', site.do('option', { name: 'coinpay_leaving' }), false);
}

async function scriptless(keeper, checks, { browser }) {
  const { site } = keeper;
  const plain = await Keeper.comes(site, browser, { javaScriptEnabled: false });
  await plain.page.goto(plain.list);
  await plain.page.click(OFF);
  await plain.page.waitForURL(/deactivate=true/);
  checks.same('switched off at once', active(site), []);
  const before = kept(site).length;
  checks.same('the records stay', site.do('uninstall').tables.length, 8);
  checks.same('a mail says why', kept(site).length, before + 1);
  await plain.page.context().close();
}

async function deletes(keeper, checks, { archive }) {
  const { site } = keeper;
  again(site);
  checks.same('told of all', await keeper.asks(), [3, 1]);
  await keeper.choose('Delete them, for good');
  await keeper.goes();
  await keeper.deletes();
  const { tables, options } = site.do('tables');
  checks.same('nothing stays', [tables, options], [[], []]);
  site.do('unpack_plugin', { archive });
  site.do('activate', { plugins: [PLUGIN] });
  site.do('settings', site.settings());
  // Makes the tables again, for whoever comes next.
  site.do('health');
}
