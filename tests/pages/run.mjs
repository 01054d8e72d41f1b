// Looks at the shopper's and the operator's pages with a real browser.
//
//   node run.mjs <coinpay> <playwright-core> <axe-core> <chromium> <folder for what is left>
//
// Screenshots are left in `pictures` of the last folder.

import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { dash } from './dash.mjs';
import { pay } from './pay.mjs';
import { Checks, Stage } from './stage.mjs';

const [program, playwright, axe, chromium, folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node run.mjs <coinpay> <playwright-core> <axe-core> <chromium> <folder>');
  process.exit(2);
}

const place = resolve(folder);
rmSync(place, { recursive: true, force: true });
const checks = new Checks();
const stage = new Stage({
  program: resolve(program),
  playwright: resolve(playwright),
  axe: resolve(axe),
  chromium,
  pictures: join(place, 'pictures'),
  folder: join(place, 'shop'),
});
try {
  await stage.open();
  await pay(stage, checks);
  await dash(stage, checks);
} catch (error) {
  checks.that('the stage', false, error.stack);
} finally {
  await stage.close();
}
console.log(`${checks.passed} passed, ${checks.failed} failed`);
process.exit(checks.failed === 0 && checks.passed > 0 ? 0 : 1);
