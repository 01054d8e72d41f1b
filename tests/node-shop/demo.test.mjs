// Every scenario of `coinpay demo`, played on a shop in Express.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import process from 'node:process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

const { COINPAY_TEST_POSTGRES: postgres, COINPAY_TEST_MARIADB: mariadb } = process.env;
const stores = { SQLite: '', PostgreSQL: postgres, MariaDB: mariadb };

/** Fewer would be a demo that leaves something out. */
const AT_LEAST = 53;

describe('every scenario of the demo holds in Express', { concurrency: 3 }, () => {
  for (const [name, database] of Object.entries(stores)) {
    test(`orders in ${name}`, async () => {
      const shop = [process.execPath, 'tests/node-shop/support/demo-shop.mjs'];
      const words = ['demo', '--once', '--json', '--shop', ...shop];
      const env = { ...process.env, NODE_NO_WARNINGS: '1', DEMO_DATABASE: database };
      const played = promisify(execFile)(process.env.COINPAY_TEST_COMMAND, words, {
        env,
        maxBuffer: 1 << 26,
      });
      // It fails where a scenario does, and says which below.
      const { stdout } = await played.catch((failed) => failed);
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
      const verdicts = lines.map((line) => JSON.parse(line)).filter((line) => 'ok' in line);
      const { total, ok } = verdicts.find((line) => line.scenario === 'summary') ?? {};
      assert.deepEqual(
        verdicts.filter((line) => line.ok === false),
        [],
      );
      assert.ok(total >= AT_LEAST, `${total} were played`);
      assert.equal(ok, total);
    });
  }
});
