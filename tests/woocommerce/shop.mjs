// A real WooCommerce: shoppers pay end to end, on classic and on block checkout, while the gateway
// and the network do what they do.

import { PLUGIN, Site } from './stage.mjs';
import { scenarios } from './scenarios.mjs';
import { keeping } from './keeping.mjs';

export async function shop({ command, archive, folder, tree, database }, browser, checks) {
  const site = new Site({ name: 'shop', source: tree, folder, database, prefix: 'shop_' });
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
    // As PHP is installed, over the bridge; then with FFI; then with orders kept as posts.
    await site.serve();
    await scenarios(site, 'classic', browser, checks);
    await site.serve({ 'ffi.enable': '1' });
    await scenarios(site, 'block', browser, checks);
    await keeping(site, browser, checks);
    checks.same('PHP complained of nothing', site.complaints(), []);
  } finally {
    await site.close();
  }
}
