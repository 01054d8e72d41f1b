// The plugin in WordPress, used by people.
//
// `cargo xtask test --only woocommerce` sets the variables COINPAY_TEST_*: the command, the plugin's
// archive, a folder to work in, php-fpm, WordPress, playwright-core, axe-core, Chromium, the address of a
// database, and, where somebody named one, a tree of WordPress with WooCommerce. COINPAY_TEST_ONLY is an expression
// for the parts of the shop to play.

import { network } from './network.mjs';
import { plain } from './plain.mjs';
import { Browser, Checks } from './stage.mjs';
import { shop } from './shop.mjs';

const setting = (name) => process.env[`COINPAY_TEST_${name}`];
const needed = [
  'COMMAND',
  'PLUGIN',
  'FOLDER',
  'FPM',
  'WORDPRESS',
  'PLAYWRIGHT',
  'AXE',
  'CHROMIUM',
  'MARIADB',
];
const missing = needed.filter((name) => !setting(name));
if (missing.length > 0) {
  console.error(`not set: COINPAY_TEST_${missing.join(', COINPAY_TEST_')}`);
  process.exit(2);
}
const place = {
  command: setting('COMMAND'),
  archive: setting('PLUGIN'),
  folder: setting('FOLDER'),
  fpm: setting('FPM'),
  wordpress: setting('WORDPRESS'),
  database: setting('MARIADB'),
  tree: setting('TREE'),
};
const checks = new Checks(setting('ONLY'));
const browser = await Browser.open({
  playwright: setting('PLAYWRIGHT'),
  axe: setting('AXE'),
  chromium: setting('CHROMIUM'),
});
try {
  if (!setting('ONLY')) {
    await plain(place, browser, checks);
    await network(place, browser, checks);
  }
  if (place.tree) await shop(place, browser, checks);
} catch (error) {
  checks.that('the stage', false, error.stack);
} finally {
  await browser.close();
}
console.log(`${checks.passed} passed, ${checks.failed} failed`);
process.exit(checks.failed === 0 && checks.passed > 0 ? 0 : 1);
