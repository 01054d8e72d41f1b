// WooCommerce on a network of sites: shoppers pay on the second one, and the first one has no part in
// it.

import { PLUGIN, Site } from './stage.mjs';
import { scenarios } from './scenarios.mjs';

const WOOCOMMERCE = 'woocommerce/woocommerce.php';
const TWO = '/two/';
const PLAYED = /looks on|lost/;

export async function networkShop({ command, archive, tree, ...place }, browser, checks) {
  const label = 'network of sites, the second';
  await checks.scene(`${label}: two shops`, async () => {
    const site = new Site({ ...place, name: 'network-shop', source: tree, prefix: 'many_' });
    try {
      await furnished(site, { command, archive }, checks);
      const second = site.at(TWO);
      for (const kind of ['classic', 'block']) {
        await scenarios(second, kind, browser, checks, { label, only: PLAYED });
      }
      apart(site, second, checks);
      checks.same('PHP complained of nothing', site.complaints(), []);
    } finally {
      await site.close();
    }
  });
}

/** Both plugins are on in both sites, and both sites are set up. */
async function furnished(site, { command, archive }, checks) {
  await site.build();
  site.do('unpack_plugin', { archive });
  checks.same('a second site', site.makeNetwork(TWO), 2);
  site.do('option', { name: 'permalink_structure', value: '/%postname%/' }, TWO);
  for (const plugin of [WOOCOMMERCE, PLUGIN]) {
    const { errors } = site.do('activate', { plugins: [plugin], network: true });
    checks.same(`${plugin} is on for all`, errors, []);
  }
  await site.openGateway(command, TWO);
  for (const path of ['/', TWO]) {
    site.goods = site.do('furnish', { hpos: true }, path);
    checks.same('settings', site.do('settings', site.settings(), path).errors, []);
    site.do('health', {}, path);
  }
  // A site of a network has rules for its addresses of its own.
  site.do('activate', { plugins: [] }, TWO);
  await site.serveByFpm({});
}

function apart(site, second, checks) {
  checks.same('orders of the second', second.do('count_orders'), 4);
  checks.same('orders of the first', site.do('count_orders'), 0);
  const [ours, theirs] = [site, second].map((one) => one.do('tables').tables);
  checks.same('tables of each', [ours.length, theirs.length], [8, 8]);
  checks.that('are not the same', !theirs.some((name) => ours.includes(name)), theirs.join());
}
