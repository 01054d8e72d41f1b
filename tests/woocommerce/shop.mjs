// A real WooCommerce: shoppers pay end to end, on classic and on block checkout, while the gateway
// and the network do what they do.

import { logIn } from './plain.mjs';
import { PLUGIN, Site, until } from './stage.mjs';
import { leavingShop } from './leaving.mjs';
import { networkShop } from './network-shop.mjs';
import { scenarios } from './scenarios.mjs';
import { keeping } from './keeping.mjs';

/** What a second server, or another engine, could spoil. */
const BY_FPM = /looks on|lost|many times|two tabs/;

export async function shop(stage, browser, checks) {
  const { command, archive, tree, ...place } = stage;
  const site = new Site({ ...place, name: 'shop', source: tree, prefix: 'shop_' });
  try {
    await checks.part('a shop is furnished', async () => {
      const { version } = await site.build();
      site.do('activate', { plugins: ['woocommerce/woocommerce.php'] });
      site.goods = site.do('furnish', { hpos: true });
      console.log(`       WordPress ${version}, WooCommerce ${site.goods.version}`);
      site.do('unpack_plugin', { archive });
      const { errors } = site.do('activate', { plugins: [PLUGIN] });
      checks.same('errors', errors, []);
    });
    await site.openGateway(command);
    checks.same('settings are taken', site.do('settings', site.settings()).errors, []);
    // As PHP is installed, over the bridge; then with FFI; then on two servers, one of each; then
    // with orders kept as posts.
    await site.serve();
    await scenarios(site, 'classic', browser, checks);
    await site.serve({ 'ffi.enable': '1' });
    await scenarios(site, 'block', browser, checks);
    await servers(site, browser, checks);
    await site.serve({ 'ffi.enable': '1' });
    await keeping(site, browser, checks);
    await leavingShop(site, browser, checks);
    checks.same('PHP complained of nothing', site.complaints(), []);
  } finally {
    await site.close();
  }
  await networkShop(stage, browser, checks);
}

/** Two servers with one database, behind one address: php-fpm as it is installed, and preloaded. */
async function servers(site, browser, checks) {
  const label = 'php-fpm, two servers';
  await checks.scene(`${label}: both are there`, async () => {
    const fpm = await site.serveByFpm({}, site.preloading());
    for (const kind of ['classic', 'block']) {
      await scenarios(site, kind, browser, checks, { label, only: BY_FPM });
    }
    const turns = { pages: 'coinpay_pay', webhooks: 'POST /?coinpay-webhook=1' };
    for (const [what, words] of Object.entries(turns)) {
      const [bridge, preloaded] = fpm.turns(words);
      checks.that(`both served ${what}`, bridge > 0 && preloaded > 0, `${bridge} ${preloaded}`);
    }
    const page = await logIn(site, await browser.reader());
    const engines = new Set();
    await until('both engines were seen', async () => {
      await page.goto(`${site.url}/wp-admin/admin.php?page=coinpay`);
      const health = await page.locator('#coinpay-health').innerText();
      for (const word of ['bridge: no FFI', 'ffi: the package was loaded by opcache.preload']) {
        if (health.includes(word)) engines.add(word);
      }
      return engines.size === 2;
    });
  });
}
