// Which build of the core runs, and that the package says so.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, test } from 'node:test';

const { COINPAY_TEST_BARE: bare, COINPAY_TEST_FULL: full } = process.env;
const hasSqlite = Number(process.versions.node.split('.')[0]) >= 22;
const scratch = mkdtempSync(join(tmpdir(), 'coinpay-backend-'));
after(() => rmSync(scratch, { recursive: true }));

const TELL = `
  import { name, reason } from 'coinpay-embed/backend';
  console.log(JSON.stringify({ name, reason }));
`;

function run(cwd, code, env = {}) {
  const words = ['--no-warnings', '--input-type=module', '-e', code];
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' };
  const ran = spawnSync(process.execPath, words, options);
  return { ...ran, said: ran.status === 0 && ran.stdout ? JSON.parse(ran.stdout) : undefined };
}

test('the addon that npm installed is taken', () => {
  const { said, stderr } = run(full, TELL);
  assert.equal(said?.name, 'addon', stderr);
  assert.match(said.reason, /^coinpay-embed-.* is this platform's/);
});

test('without one WebAssembly runs, and says which package is missing', () => {
  const { said, stderr } = run(bare, TELL);
  assert.equal(said?.name, 'wasm', stderr);
  assert.match(said.reason, /coinpay-embed-\w+-\w+.* is not installed/);
});

test('WebAssembly can be asked for', () => {
  const { said } = run(full, TELL, { COINPAY_BACKEND: 'wasm' });
  assert.deepEqual(said, { name: 'wasm', reason: 'COINPAY_BACKEND asks for WebAssembly.' });
});

test('who asks for the addon is told why there is none', () => {
  const { status, stderr } = run(bare, TELL, { COINPAY_BACKEND: 'addon' });
  assert.notEqual(status, 0);
  assert.match(stderr, /invalid_configuration|no addon: coinpay-embed/);
});

test('a word that is no backend is refused', () => {
  const { status, stderr } = run(full, TELL, { COINPAY_BACKEND: 'native' });
  assert.notEqual(status, 0);
  assert.match(stderr, /COINPAY_BACKEND: is addon or wasm/);
});

test('an addon that does not load leaves WebAssembly, with the reason', () => {
  const broken = join(scratch, 'broken.node');
  writeFileSync(broken, 'no library');
  const { said } = run(full, TELL, { COINPAY_ADDON: broken });
  assert.equal(said?.name, 'wasm');
  assert.match(said.reason, /broken\.node does not load/);
});

test('an addon of another version is not taken', () => {
  const folder = join(scratch, 'newer');
  cpSync(full, folder, { recursive: true });
  const path = join(folder, 'node_modules/coinpay-embed/dist/generated/version.js');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/'[\d.]+'/, "'999.0.0'"));
  const { said } = run(folder, TELL);
  assert.equal(said?.name, 'wasm');
  assert.match(said.reason, /and this package is 999\.0\.0/);
});

const OPEN = `
  import { Checkout } from 'coinpay-embed';
  const shop = { mode: 'test', apiKey: 'cp_test_a', database: process.env.DATABASE,
    businessId: '7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10' };
  try {
    const checkout = await Checkout.open(shop);
    const { ok } = await checkout.health();
    await checkout.close();
    console.log(JSON.stringify({ opened: typeof ok }));
  } catch ({ code, message }) {
    console.log(JSON.stringify({ code, message }));
  }
`;
const open = (cwd, database, env) => run(cwd, OPEN, { DATABASE: database, ...env }).said;

test('the addon opens a file, and the process ends by itself afterwards', () => {
  assert.deepEqual(open(full, `sqlite:${join(scratch, 'a.db')}`), { opened: 'boolean' });
});

test(
  'where neither backend nor Node has SQLite, store_unavailable says so',
  { skip: hasSqlite },
  () => {
    const said = open(bare, `sqlite:${join(scratch, 'b.db')}`);
    assert.equal(said?.code, 'store_unavailable');
    assert.match(said.message, /install the native addon, use Node 22\.5 or newer/);
  },
);

test("WebAssembly opens a file by Node's own SQLite", { skip: !hasSqlite }, () => {
  assert.deepEqual(open(bare, `sqlite:${join(scratch, 'c.db')}`), { opened: 'boolean' });
});

test('a setting that names no database is refused by both', () => {
  assert.equal(open(full, 'oracle:x')?.code, 'invalid_configuration');
  assert.equal(open(full, 'sqlite:')?.code, 'invalid_configuration');
  assert.equal(open(bare, 'postgres://x/y')?.code, 'store_unavailable');
});

test('a folder that is no file is refused without an open handle left behind', () => {
  const said = open(full, `sqlite:${scratch}`);
  assert.equal(said?.code, 'store_refused');
});

test('the command of the package is the one of the platform', () => {
  const told = execFileSync('npx', ['--no-install', 'coinpay', '--version'], {
    cwd: full,
    encoding: 'utf8',
  });
  assert.match(told, /^coinpay \d/);
  assert.ok(readdirSync(join(full, 'node_modules')).length >= 3);
});
