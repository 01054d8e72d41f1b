// A network of sites: each shop has settings, tables and a timer of its own, and what is done for the
// network is done in each.

import { Keeper } from './leaving.mjs';
import { PLUGIN, Site } from './stage.mjs';

const SITES = ['/', '/two/'];

export async function network({ command, archive, wordpress, ...place }, browser, checks) {
  const site = new Site({ ...place, name: 'network', source: wordpress, prefix: 'net_' });
  try {
    await checks.part('a network of two sites', async () => {
      await site.build();
      site.do('unpack_plugin', { archive });
      checks.same('another site', site.makeNetwork('/two/'), 2);
      const { errors } = site.do('activate', { plugins: [PLUGIN], network: true });
      checks.same('switched on for all', errors, []);
    });
    await site.openGateway(command);
    await site.serveByFpm({});
    await checks.part('each site of a network has records of its own', async () => {
      const all = SITES.map((path) => {
        checks.same('settings', site.do('settings', site.settings(), path).errors, []);
        const timer = { name: 'coinpay_work', set: true };
        checks.that('the timer is set', site.do('next_run', timer, path) > 0);
        site.do('timer', {}, path);
        checks.that('work was called', site.do('health', {}, path).worked_at_ms > 0);
        return site.do('tables', {}, path).tables;
      });
      checks.same('tables of each', [all[0].length, all[1].length], [8, 8]);
      checks.that('are not the same', !all[1].some((name) => all[0].includes(name)), all.join());
    });
    await checks.part('a network switches it off and deletes it, as each site wants', async () => {
      const { keep_data: _, ...others } = site.settings();
      site.do('settings', others, '/two/');
      site.do('deactivate', { plugins: [PLUGIN], network: true });
      for (const path of SITES) {
        const hook = { name: 'coinpay_work' };
        checks.same(`no timer at ${path}`, site.do('next_run', hook, path), false);
      }
      checks.same('deleted', site.do('uninstall').deleted, true);
      const [kept, gone] = SITES.map((path) => site.do('tables', {}, path));
      checks.same('the first keeps its records', kept.tables.length, 8);
      checks.same('of the second nothing stays', [gone.tables, gone.options], [[], []]);
    });
    await asked(site, browser, checks);
    checks.same('PHP complained of nothing', site.complaints(), []);
  } finally {
    await site.close();
  }
}

/** Both sites have records and an order that waits; one order of the second has money. */
function again(site) {
  site.do('activate', { plugins: [PLUGIN], network: true });
  for (const path of SITES) {
    const { keep_data: _, ...others } = site.settings();
    site.do('settings', others, path);
    site.do('ask_for_money', { cart: `${Date.now()}` }, path);
  }
}

const tables = (site) => SITES.map((path) => site.do('tables', {}, path).tables.length);

async function asked(site, browser, checks) {
  const keeper = await Keeper.comes(site, browser, { list: '/wp-admin/network/plugins.php' });
  await checks.part("a network's administrator is asked for all of its sites", async () => {
    again(site);
    site.do('money_is_seen', site.do('ask_for_money', { cart: 'seen' }, '/two/'), '/two/');
    checks.same('of all sites', await keeper.asks(), [1, 2]);
    checks.same('keeping comes first', await keeper.checked(), 'keep');
    checks.same('axe', await browser.faults(keeper.page, '#coinpay-leaving'), []);
    await keeper.goes();
    site.do('uninstall');
    checks.same('both are kept, whatever they have set', tables(site), [8, 8]);
  });
  await checks.part('a network lets each site have its own way', async () => {
    again(site);
    site.do('settings', site.settings(), '/');
    await keeper.asks();
    await keeper.choose('As the settings of each site say');
    await keeper.goes();
    site.do('uninstall');
    checks.same('one keeps, one does not', tables(site), [8, 0]);
  });
  await checks.part('a site of a network is asked for itself', async () => {
    again(site);
    site.do('settings', site.settings(), '/');
    site.do('deactivate', { plugins: [PLUGIN], network: true });
    site.do('activate', { plugins: [PLUGIN] }, '/two/');
    const own = await Keeper.comes(site, browser, { list: '/two/wp-admin/plugins.php' });
    checks.same('of its own orders', await own.asks(), [0, 1]);
    checks.same('there are two answers', await own.dialog.locator('[type=radio]').count(), 2);
    await own.choose('Delete them, for good');
    await own.goes();
    await own.page.context().close();
    site.do('uninstall');
    checks.same('the other one is not touched', tables(site), [8, 0]);
  });
  await checks.part('a network deletes the plugin and the records of all', async () => {
    again(site);
    await keeper.asks();
    await keeper.choose('Delete them, for good');
    await keeper.goes();
    await keeper.deletes();
    for (const path of SITES) {
      const { tables, options } = site.do('tables', {}, path);
      checks.same(`nothing stays at ${path}`, [tables, options], [[], []]);
    }
  });
  await keeper.page.context().close();
}
