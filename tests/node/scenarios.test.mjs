// The scenarios that every runtime plays, by the Node package with orders in the addon's SQLite.

import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { play, startSandbox } from '../edge/scenarios.mjs';
import { commandPath } from '../../node_modules/coinpay-embed/dist/command.js';
import { Program } from './support/program.mjs';

test('a shop in Node keeps every promise of the scenarios', async () => {
  const sandbox = await startSandbox(process.env.COINPAY_BIN ?? commandPath());
  try {
    const { executed, failures } = await play(new Program('shop.mjs'), sandbox);
    assert.deepEqual(failures, []);
    assert.ok(executed >= 11, `${executed} scenarios ran`);
  } finally {
    await sandbox.end();
  }
});
