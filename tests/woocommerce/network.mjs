// A network of sites: each shop has settings, tables and a timer of its own, and what is done for the
// network is done in each.

import { PLUGIN, Site } from './stage.mjs';

const SITES = ['/', '/two/'];

export async function network({ command, archive, wordpress, ...place }, checks) {
  const site = new Site({ ...place, name: 'network', source: wordpress, prefix: 'net_' });
  try {
    await checks.part('a network of two sites', async () => {
      await site.build();
      site.do('unpack_plugin', { archive });
      checks.same('made', site.do('make_network'), { made: true });
      site.configure(site.database.host, {
        MULTISITE: true,
        SUBDOMAIN_INSTALL: false,
        DOMAIN_CURRENT_SITE: '127.0.0.1',
        PATH_CURRENT_SITE: '/',
        SITE_ID_CURRENT_SITE: 1,
        BLOG_ID_CURRENT_SITE: 1,
      });
      checks.same('another site', site.do('add_site', { path: '/two/' }), 2);
      const { errors } = site.do('activate', { plugins: [PLUGIN], network: true });
      checks.same('switched on for all', errors, []);
    });
    await site.openGateway(command);
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
    checks.same('PHP complained of nothing', site.complaints(), []);
  } finally {
    await site.close();
  }
}
