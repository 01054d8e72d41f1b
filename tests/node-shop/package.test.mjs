// The package as npm packs it: what is in it, and that it loads however a shop loads things.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';

const folder = 'node_modules/coinpay-embed';
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const tools = process.env.COINPAY_TEST_TOOLS;

/** What needs another runtime, and what Node 20 has no SQLite for. */
const ELSEWHERE = new Set(['./bun-sqlite']);
const NODE_22 = new Set(['./node-sqlite', './deno-sqlite']);
// An entry that is a file is none that is loaded.
const entries = Object.entries(manifest.exports)
  .filter(([entry, to]) => typeof to !== 'string' && !ELSEWHERE.has(entry))
  .map(([entry]) => entry);
const specifier = (entry) => `coinpay-embed${entry.slice(1)}`;

/** The Node that runs this, and the one that started it all. */
const nodes = { 'Node 22': process.execPath, 'Node 20': 'node' };

test('it depends on nothing, and runs nothing when it is installed', () => {
  for (const field of ['dependencies', 'peerDependencies', 'scripts.install']) {
    assert.equal(manifest[field], undefined, field);
  }
  for (const name of ['preinstall', 'install', 'postinstall']) {
    assert.equal(manifest.scripts?.[name], undefined, name);
  }
});

test('its types are the same bytes for ESM and for CommonJS', () => {
  for (const [entry, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === 'string') continue;
    const read = (path) => readFileSync(join(folder, path), 'utf8');
    assert.equal(read(conditions.require.types), read(conditions.types), entry);
  }
});

for (const [name, node] of Object.entries(nodes)) {
  describe(name, () => {
    const loaded = entries.filter((entry) => name !== 'Node 20' || !NODE_22.has(entry));
    const run = (file, source) => {
      writeFileSync(file, source);
      const ran = spawnSync(node, ['--no-warnings', file], { encoding: 'utf8' });
      assert.equal(ran.status, 0, ran.stderr);
      return JSON.parse(ran.stdout);
    };

    test('require gives the same names as import, at once', () => {
      const names = 'Object.keys(found).filter((name) => name !== "default").sort()';
      const required = loaded.map((entry) => {
        const found = `const found = require('${specifier(entry)}');`;
        return `{ ${found} all['${entry}'] = ${names}; }`;
      });
      const byRequire = run(
        'all.cjs',
        `const all = {}; ${required.join('\n')}
        console.log(JSON.stringify(all));`,
      );
      const imported = loaded.map((entry) => {
        const found = `const found = await import('${specifier(entry)}');`;
        return `{ ${found} all['${entry}'] = ${names}; }`;
      });
      const byImport = run(
        'all.mjs',
        `const all = {}; ${imported.join('\n')}
        console.log(JSON.stringify(all));`,
      );
      const without = (all) =>
        Object.fromEntries(
          Object.entries(all).map(([entry, list]) => [
            entry,
            list.filter((name) => name !== 'module.exports' && name !== '__esModule'),
          ]),
        );
      assert.deepEqual(without(byRequire), without(byImport));
      assert.equal(Object.keys(byRequire).length, loaded.length);
    });

    test('what is required works before the next line', () => {
      const said = run(
        'works.cjs',
        `const { generateWebhookSignature, verifyWebhookSignature, CoinPayError, paymentUri } =
           require('coinpay-embed');
         const slim = require('coinpay-embed/slim');
         const { name, reason } = require('coinpay-embed/backend');
         const payload = Buffer.from('{"type":"payment.confirmed"}');
         const signature = slim.generateWebhookSignature({ payload, secret: 's' });
         let error;
         try { paymentUri('NOPE', 'x', '1'); } catch (caught) { error = caught; }
         console.log(JSON.stringify({
           verified: verifyWebhookSignature({ payload, signature, secret: 's' }),
           typed: error instanceof CoinPayError && error.code,
           default: require('coinpay-embed').default.name,
           backend: [typeof name, typeof reason],
         }));`,
      );
      assert.deepEqual(said, {
        verified: true,
        typed: 'unknown_blockchain',
        default: 'CoinPayClient',
        backend: ['string', 'string'],
      });
    });

    test('the halves work together: an executor of one in a checkout of the other', () => {
      const said = run(
        'halves.mjs',
        `import { createRequire } from 'node:module';
         import { Checkout } from 'coinpay-embed';
         const require = createRequire(import.meta.url);
         const { StoreFault } = require('coinpay-embed');
         const { expressHandler } = require('coinpay-embed/express');
         let codes = [];
         const executor = {
           dialect: 'sqlite',
           load: () => { throw new StoreFault('fatal', 'FROM_THE_OTHER_HALF'); },
           commit: () => { throw new StoreFault('fatal', 'FROM_THE_OTHER_HALF'); },
         };
         const settings = { mode: 'test', apiKey: 'cp_test_a', executor, webhookSecrets: ['s'],
           businessId: '5a0db0c5-0000-4000-8000-000000000001', baseUrl: 'http://127.0.0.1:9' };
         const error = await Checkout.open(settings).catch((error) => error);
         const refusing = { createCheckout: () => Promise.reject(error), runEffects: async () => 0 };
         const handle = expressHandler(refusing, { cart: () => ({}) });
         const said = [];
         const response = { writeHead: (status) => said.push(status), end: (text) => said.push(text) };
         await handle({ method: 'POST', url: '/checkout/crypto', headers: {}, body: '{}' }, response);
         console.log(JSON.stringify({ code: error.code, message: error.message,
           status: said[0], told: JSON.parse(said[1]).error }));`,
      );
      assert.equal(said.code, 'store_unavailable');
      assert.match(said.message, /FROM_THE_OTHER_HALF/);
      assert.deepEqual([said.status, said.told], [503, 'store_unavailable']);
    });
  });
}

test('strict TypeScript takes it as it is, in ESM and in CommonJS', () => {
  const project = 'types';
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  const source = readFileSync('tests/node-shop/support/types.ts', 'utf8');
  writeFileSync(join(project, 'shop.mts'), source);
  writeFileSync(join(project, 'shop.cts'), source);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'],
    types: ['node'],
  };
  const config = { compilerOptions, include: ['*.mts', '*.cts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const compile = [join(tools, 'typescript/bin/tsc'), '--project', project];
  const ran = spawnSync(process.execPath, compile, { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
});

test('a bundle that leaves it outside finds it', () => {
  const esbuild = join(tools, 'esbuild/bin/esbuild');
  writeFileSync('entry.js', "export { verifyWebhookSignature } from 'coinpay-embed';");
  const options = ['--bundle', '--platform=node', '--format=cjs', '--external:coinpay-embed'];
  execFileSync(esbuild, ['entry.js', ...options, '--outfile=bundled.cjs', '--log-level=error']);
  const script = "console.log(typeof require('./bundled.cjs').verifyWebhookSignature)";
  const said = execFileSync('node', ['-e', script], { encoding: 'utf8' });
  assert.equal(said.trim(), 'function');
});
