// The suite that every runtime of the package runs, unchanged, on both backends: vectors, hostile
// input, and the executors' contract where the backend has a store.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';

const { COINPAY_TEST_ROOT: root, COINPAY_TEST_FULL: full } = process.env;
const hasSqlite = Number(process.versions.node.split('.')[0]) >= 22;

function suite(backend, ...executor) {
  const script = join(full, 'tests/edge/suite.mjs');
  const words = [script, join(full, 'node_modules/coinpay-embed'), join(root, 'tests/vectors')];
  const env = { ...process.env, COINPAY_BACKEND: backend, COINPAY_TEST_BACKEND: 'node' };
  const options = { cwd: full, env, encoding: 'utf8', maxBuffer: 1 << 26 };
  return JSON.parse(
    execFileSync(process.execPath, ['--no-warnings', ...words, ...executor], options),
  );
}

function allWell(report, backend) {
  assert.equal(report.backend, backend);
  for (const part of [report.vectors, report.sweeps, report.contract]) {
    assert.deepEqual(part?.failures ?? [], []);
  }
  assert.ok(report.vectors.executed > 900, `${report.vectors.executed} vectors ran`);
  assert.ok(report.sweeps.executed > 1_000, `${report.sweeps.executed} sweeps ran`);
}

test('the addon keeps every vector, survives hostile input and keeps the contract', () => {
  const report = suite('addon', 'database', 'openDatabase');
  allWell(report, 'addon');
  assert.ok(report.contract.executed > 10);
});

test('WebAssembly keeps every vector and survives hostile input', () => {
  allWell(suite('wasm'), 'wasm');
});

test("WebAssembly keeps the contract by Node's own SQLite", { skip: !hasSqlite }, () => {
  const report = suite('wasm', 'database', 'openDatabase');
  allWell(report, 'wasm');
  assert.ok(report.contract.executed > 10);
});
