// Vectors, broken input and the executors' contract in one runtime with a file system: Node, Deno
// or Bun. Prints one JSON document and fails if anything in it did.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { runContract } from './contract.mjs';
import { runSweeps } from './sweeps.mjs';
import { FILES, runVectors } from './vectors.mjs';
import { verdictsOver } from './verdicts.mjs';

const [, , packageFolder, vectorsFolder, executorPath, executorName] = process.argv;
const read = (name) => JSON.parse(readFileSync(join(vectorsFolder, `${name}.json`), 'utf8'));
const load = (path) => import(`file://${packageFolder}/dist/${path}.js`);

const manifest = read('manifest');
const documents = Object.fromEntries(FILES.map((name) => [name, read(name)]));
const { call } = await load('backend-calls');
const kind = process.env.COINPAY_TEST_BACKEND ?? 'default';
const { backend } = await load(`backend/${kind}`);
const core = (await load(`backend/calls-${kind}`)).calls;
const { OPERATIONS } = await load('generated/names');
const { openDesk } = await load('backend/desk-default');

async function verdictsHere() {
  const folder = join(packageFolder, '..', 'coinpay-verdicts');
  const glue = await import(`file://${folder}/verdicts.js`);
  return verdictsOver(glue, readFileSync(join(folder, 'verdicts.wasm')));
}

const verdicts = core.name === 'addon' ? call : await verdictsHere();
const calls = new Set(
  FILES.flatMap((name) =>
    documents[name].cases.map((one) => one.call ?? documents[name].every.call),
  ),
);
/** What operators ask for; only a native build has that in it. */
const OPERATORS = [
  ...['explain_order', 'export', 'erase_customer', 'dash'],
  ...['list_orders', 'list_effects', 'report_figures'],
];
const shops = [
  [OPERATIONS, backend.openShop],
  [OPERATORS, (...settings) => openDesk(...settings) ?? backend.openShop(...settings)],
];
const report = {
  backend: backend.name,
  vectors: runVectors(documents, manifest, call, verdicts),
  sweeps: runSweeps(documents, [...calls], shops, core),
};
if (executorPath) {
  const open = (await load(executorPath))[executorName];
  const folder = mkdtempSync(join(tmpdir(), 'coinpay-contract-'));
  const contract = read('store_contract_sqlite');
  // What opens a setting wants it with its kind.
  const kind = executorName === 'openDatabase' ? 'sqlite:' : '';
  const file = `${kind}${join(folder, 'c.db')}`;
  report.contract = await runContract(contract, manifest, () => open(file));
  rmSync(folder, { recursive: true });
}
console.log(JSON.stringify(report, null, 1));
const failed = [report.vectors, report.sweeps, report.contract].some((one) => one?.failures.length);
process.exit(failed ? 1 : 0);
