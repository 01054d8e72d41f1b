// The ways in which a shop's build takes the package: plain ESM, TypeScript at its strictest, and
// bundled by esbuild, with and without the package beside the bundle.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, test } from 'node:test';

const { COINPAY_TEST_FULL: full, COINPAY_TEST_ROOT: root } = process.env;
const tool = (name) => join(root, 'js/node_modules/.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'coinpay-packaging-'));
after(() => rmSync(scratch, { recursive: true }));

const ENTRIES = [
  ...['', '/backend', '/slim', '/page', '/dash', '/operators'],
  ...['/fetch', '/express', '/fastify', '/testing'],
];

const PROGRAM = `
import { Checkout, verifyWebhookSignature, generateWebhookSignature } from 'coinpay-embed';
import { name } from 'coinpay-embed/backend';
import { verifyWebhookSignature as bySlim } from 'coinpay-embed/slim';
import { payPage } from 'coinpay-embed/page';
import { fetchDash } from 'coinpay-embed/dash';
const body = '{"a":1}';
const signature = generateWebhookSignature({ payload: body, secret: 's' });
const asked = { payload: body, signature, secret: 's' };
const said = { name, ours: verifyWebhookSignature(asked), slim: bySlim(asked),
  open: typeof Checkout.open, page: typeof payPage, dash: typeof fetchDash };
console.log(JSON.stringify(said));
`;
const there = { open: 'function', page: 'function', dash: 'function' };
const said = (name) => ({ name, ours: true, slim: true, ...there });

function run(path, cwd) {
  const words = ['--no-warnings', path];
  return JSON.parse(execFileSync(process.execPath, words, { cwd, encoding: 'utf8' }));
}

function bundle(format, folder) {
  const entry = join(full, 'program.mjs');
  writeFileSync(entry, PROGRAM);
  const out = join(folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const words = [entry, '--bundle', '--platform=node', `--format=${format}`, `--outfile=${out}`];
  execFileSync(tool('esbuild'), [...words, '--log-level=error'], { cwd: full });
  return out;
}

test('every entry loads as ESM', async () => {
  for (const entry of ENTRIES) {
    const loaded = await import(`coinpay-embed${entry}`);
    assert.ok(Object.keys(loaded).length > 0, entry);
  }
});

test('every entry loads as CommonJS, on the same backend', () => {
  const require = createRequire(import.meta.url);
  for (const entry of ENTRIES) {
    assert.ok(Object.keys(require(`coinpay-embed${entry}`)).length > 0, entry);
  }
  assert.equal(require('coinpay-embed/backend').name, 'addon');
});

test('a bundle, ESM and CommonJS, beside the package uses the addon', () => {
  for (const format of ['esm', 'cjs']) {
    assert.deepEqual(run(bundle(format, join(full, 'out')), scratch), said('addon'), format);
  }
});

test('a bundle that was moved away runs on the WebAssembly that is beside it', () => {
  for (const name of ['full', 'client', 'slim', 'page', 'desk']) {
    const wasm = join(full, 'node_modules/coinpay-embed/dist/wasm', `${name}.wasm`);
    cpSync(wasm, join(scratch, `${name}.wasm`));
  }
  for (const format of ['esm', 'cjs']) {
    assert.deepEqual(run(bundle(format, scratch), scratch), said('wasm'), format);
  }
});

test('a bundle with nothing beside it says which file is missing', () => {
  const alone = mkdtempSync(join(tmpdir(), 'coinpay-alone-'));
  const path = bundle('esm', alone);
  assert.throws(
    () => execFileSync(process.execPath, [path], { cwd: alone, stdio: 'pipe' }),
    (error) => {
      assert.match(`${error.stderr}`, /\w+\.wasm is not there: copy it from coinpay-embed/);
      return true;
    },
  );
  rmSync(alone, { recursive: true });
});

const TYPED = `
import { Checkout, CoinPayClient, WebhookEvent, type CheckoutResult } from 'coinpay-embed';
import { name, reason } from 'coinpay-embed/backend';
import { startSandbox, signedWebhook, type Sandbox } from 'coinpay-embed/testing';
import { expressHandler } from 'coinpay-embed/express';
import { expressDash, fastifyDash, fetchDash } from 'coinpay-embed/dash';

export async function open(): Promise<Checkout> {
  const sandbox: Sandbox = await startSandbox({ webhookSecret: 'whsec_a' });
  const { body, headers } = signedWebhook({ type: WebhookEvent.TEST });
  const checkout = await Checkout.open({
    mode: 'test',
    apiKey: sandbox.apiKey,
    businessId: sandbox.businessId,
    baseUrl: sandbox.baseUrl,
    database: 'sqlite:shop.db',
    workEveryMs: 1_000,
    effects: {
      ship_order: async (effect) => ({ key: effect.idempotencyKey, order: effect.order?.orderId }),
    },
  });
  const { httpStatus } = await checkout.handleWebhook(body, headers['x-coinpay-signature']);
  const made: CheckoutResult = await checkout.createCheckout({
    currency: 'USD', total: '1.00', blockchain: 'BTC', cartId: \`\${name} \${reason} \${httpStatus}\`,
  });
  expressHandler(checkout, { cart: () => null });
  const operators = { secret: made.orderId, actor: () => null };
  expressDash(checkout, operators);
  fastifyDash(checkout, operators);
  fetchDash(checkout, { ...operators, actor: (request) => request.headers.get('x-user') });
  // @ts-expect-error -- nobody says who asks
  fetchDash(checkout, { secret: made.orderId });
  new CoinPayClient({ apiKey: made.orderId });
  // @ts-expect-error -- there is no such mode
  await Checkout.open({ mode: 'both', apiKey: 'a', businessId: 'b', database: 'sqlite:a' });
  return checkout;
}
`;

test('TypeScript at its strictest reads the types, as ESM and as CommonJS', () => {
  const options = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
  };
  for (const name of ['typed.mts', 'typed.cts']) {
    writeFileSync(join(full, name), TYPED);
    const project = join(full, `${name}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions: options, files: [name] }));
    try {
      execFileSync(tool('tsc'), ['--project', project], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      assert.fail(`${name}: ${error.stdout}`);
    }
  }
});
