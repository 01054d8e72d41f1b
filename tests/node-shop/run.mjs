// The npm packages in Node shops: installed by npm into a clean folder beside the frameworks and
// drivers that shops have, and shown there. The arguments are the three tarballs, the `coinpay`
// command, the unpacked SDK, addresses of empty databases, PostgreSQL's and MariaDB's, and then the
// names of the tests to run if not all.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { app, installTools, npm, root } from './support/install.mjs';

const [embed, addon, coinpay, command, sdk, postgres, mariadb, ...only] = process.argv.slice(2);

/** As a user does, and without asking a registry. */
function installPackages() {
  const quiet = ['--silent', '--no-audit', '--no-fund', '--offline'];
  npm(['install', '--no-save', ...quiet, embed, addon, coinpay]);
}

/** The published SDK: what a shop uses of it; the rest needs packages that nobody can install. */
function installSdk() {
  const folder = join(app, 'node_modules', '@profullstack', 'coinpay');
  rmSync(folder, { recursive: true, force: true });
  cpSync(sdk, folder, { recursive: true });
  const parts = ['client', 'payments', 'webhooks', 'tokens'];
  const lines = parts.map((name) => `export * from './src/${name}.js';`);
  writeFileSync(join(folder, 'shop.js'), lines.join('\n'));
  const manifest = { name: '@profullstack/coinpay', type: 'module', exports: './shop.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
}

/** As much of Next.js as the example uses: nobody installs all of it for one function. */
function standInForNext() {
  const folder = join(app, 'node_modules', 'next');
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'next', type: 'module', exports: { './server': './server.js' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const lines = 'export const waited = [];\nexport const after = (work) => waited.push(work);\n';
  writeFileSync(join(folder, 'server.js'), lines);
}

installTools();
installPackages();
installSdk();
standInForNext();
for (const [from, to] of [
  ['tests/node-shop', 'tests/node-shop'],
  ['tests/edge', 'tests/edge'],
  ['tests/vectors', 'tests/vectors'],
  ['examples/node', 'examples/node'],
  ['docs', 'docs'],
]) {
  rmSync(join(app, to), { recursive: true, force: true });
  cpSync(join(root, from), join(app, to), { recursive: true });
}

const settings = {
  COINPAY_TEST_COMMAND: command,
  COINPAY_TEST_POSTGRES: postgres,
  COINPAY_TEST_MARIADB: mariadb,
  COINPAY_TEST_TOOLS: join(root, 'js', 'node_modules'),
};
if (only.length === 0) {
  const reference = [join(root, 'tests/node-shop/reference.mjs'), join(app, 'reference')];
  execFileSync(process.execPath, reference, { stdio: 'inherit' });
}

/** Runs tests by their names, all of them if there are none; gives whether they passed. */
function run(names, more = {}) {
  const files = names.map((name) => `tests/node-shop/${name}.test.mjs`);
  const all = files.length > 0 ? files : ['tests/node-shop/**/*.test.mjs'];
  const options = ['--no-warnings', '--test', '--test-force-exit', '--test-reporter=spec'];
  const words = [...options, '--test-concurrency=3', ...all];
  const env = { ...process.env, ...settings, ...more };
  return spawnSync(process.execPath, words, { cwd: app, env, stdio: 'inherit' }).status === 0;
}

// By the addon everything; by WebAssembly what may differ there.
const passed = [run(only)];
const again = ['trap', 'surface', 'webhooks', 'handler', 'routes', 'dash'].filter(
  (name) => only.length === 0 || only.includes(name),
);
if (again.length > 0) {
  console.log('-- the same by WebAssembly');
  passed.push(run(again, { COINPAY_BACKEND: 'wasm' }));
}
process.exit(passed.every(Boolean) ? 0 : 1);
