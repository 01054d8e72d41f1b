// The executors for `pg` and `mysql2` on real servers: the contract, lost connections, and a pool
// that the shop goes on using.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { after, describe, test } from 'node:test';
import { generateWebhookSignature } from 'coinpay-embed';
import { mysql2Executor } from 'coinpay-embed/mysql2';
import { pgExecutor } from 'coinpay-embed/pg';
import mysqlCallbacks from 'mysql2';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { runContract } from '../edge/contract.mjs';
import { mug, openCheckout, sandbox, SECRET } from './support/sandbox.mjs';

const read = (name) => JSON.parse(readFileSync(`tests/vectors/${name}.json`, 'utf8'));
const statement = (sql, ...params) => ({ sql, params });
const open = [];
after(() => Promise.all(open.map((pool) => pool.end())));

const { COINPAY_TEST_POSTGRES: postgres, COINPAY_TEST_MARIADB: mariadb } = process.env;

const servers = {
  'pg on PostgreSQL': {
    dialect: 'postgres',
    address: postgres,
    pool({ address = postgres, most, ...options } = {}) {
      const pool = new pg.Pool({ connectionString: address, max: most ?? 10, ...options });
      pool.on('error', () => undefined);
      open.push(pool);
      return pool;
    },
    executor: pgExecutor,
    own: 'SELECT pg_backend_pid()',
    kill: (id) => `SELECT pg_terminate_backend(${id})`,
    sleep: 'SELECT pg_sleep(0.5)::text',
    mark: '$1',
  },
  'mysql2 on MariaDB': {
    dialect: 'mysql',
    address: mariadb,
    pool({ address = mariadb, most, ...options } = {}) {
      const pool = mysql.createPool({ uri: address, connectionLimit: most ?? 10, ...options });
      open.push(pool);
      return pool;
    },
    executor: mysql2Executor,
    own: 'SELECT CONNECTION_ID()',
    kill: (id) => `KILL ${id}`,
    sleep: 'DO SLEEP(0.5)',
    mark: '?',
  },
};

async function fault(work) {
  const error = await work.then(
    () => assert.fail('it was done'),
    (error) => error,
  );
  assert.equal(error.name, 'StoreFault', error.stack);
  return error.faultClass;
}

/** Where connections go through until they are cut; the answer to a COMMIT is lost. */
async function startProxy(address) {
  const { hostname, port } = new URL(address);
  const sockets = new Set();
  let [cutting, silent] = [false, false];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].map((s) => s.destroy()));
    }
    far.pipe(near);
    near.on('data', (bytes) => {
      far.write(bytes);
      if (!cutting || !/COMMIT\0?$/.test(bytes.toString('latin1'))) return;
      far.unpipe(near);
      // Once the server has it.
      far.once('data', () => silent || near.destroy()).resume();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(address);
  through.host = `127.0.0.1:${server.address().port}`;
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: through.href,
    cut: (on, quietly = false) => ([cutting, silent] = [on, quietly]),
  };
}

const each = ([name, server]) =>
  describe(name, { concurrency: false }, () => {
    const table = `node_${server.dialect}`;
    const pool = server.pool();
    const executor = server.executor(pool);
    const count = async () => {
      const rows = await executor.load([statement(`SELECT COUNT(*) FROM ${table}`)]);
      return rows[0][0][0];
    };
    const fresh = async () => {
      await executor.commit([statement(`DROP TABLE IF EXISTS ${table}`)]);
      await executor.commit([statement(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`)]);
    };
    const insert = (id) => statement(`INSERT INTO ${table} VALUES (${server.mark})`, id);

    test('it keeps the contract', async () => {
      const document = read(`store_contract_${server.dialect}`);
      const fresh = () => server.executor(server.pool({ most: 2 }));
      const ran = await runContract(document, read('manifest'), fresh, server.dialect);
      assert.deepEqual(ran, { executed: 28, failures: [] });
    });

    test('a connection that was lost is read again, and never committed again', async () => {
      await fresh();
      const single = server.executor(server.pool({ most: 1 }));
      const lose = async () => {
        const [[[id]]] = await single.load([statement(server.own)]);
        await executor.commit([statement(server.kill(id))]);
        await new Promise((resolve) => setTimeout(resolve, 100));
      };
      await lose();
      assert.deepEqual(await single.load([statement('SELECT 1')]), [[[1]]]);
      await single.commit([insert(1)]);
      assert.equal(await count(), 1);
    });

    test('a connection that goes during a commit leaves nothing behind', async () => {
      await fresh();
      const single = server.executor(server.pool({ most: 1 }));
      const suicide = server.dialect === 'postgres' ? 'pg_backend_pid()' : 'CONNECTION_ID()';
      const spoilt = single.commit([insert(1), statement(server.kill(suicide)), insert(2)]);
      assert.equal(await fault(spoilt), 'retry');
      assert.equal(await count(), 0);
      await single.commit([insert(1)]);
      assert.equal(await count(), 1);
    });

    test('a commit whose answer is lost is unknown', async () => {
      await fresh();
      const proxy = await startProxy(server.address);
      const far = server.executor(server.pool({ address: proxy.address }));
      await far.commit([insert(1)]);
      proxy.cut(true);
      assert.equal(await fault(far.commit([insert(2)])), 'unknown');
      proxy.cut(false);
      await far.commit([insert(3)]);
      // The server had it, and nobody here could know.
      assert.equal(await count(), 3);
    });

    test('an answer that never comes is given up, and its connection too', async () => {
      const proxy = await startProxy(server.address);
      const far = server.executor(server.pool({ address: proxy.address, most: 1 }));
      proxy.cut(true, true);
      const begun = Date.now();
      assert.equal(await fault(far.commit([statement('SELECT 1')])), 'unknown');
      assert.ok(Date.now() - begun < 25_000);
      proxy.cut(false);
      assert.deepEqual(await far.load([statement('SELECT 1')]), [[[1]]]);
    });

    test('of two that wait for each other one is told to come again', async () => {
      await fresh();
      await executor.commit([insert(1), insert(2)]);
      const change = (id) => statement(`UPDATE ${table} SET id = id WHERE id = ${id}`);
      const both = [
        executor.commit([change(1), statement(server.sleep), change(2)]),
        executor.commit([change(2), statement(server.sleep), change(1)]),
      ];
      const settled = await Promise.allSettled(both);
      const faults = settled.filter((one) => one.status === 'rejected');
      assert.deepEqual(
        faults.map((one) => one.reason.faultClass),
        ['retry'],
      );
    });

    test('a server that is not there is no conflict, and says so soon', async () => {
      const nowhere = new URL(server.address);
      nowhere.port = '9';
      const gone = server.executor(server.pool({ address: nowhere.href }));
      assert.equal(await fault(gone.load([statement('SELECT 1')])), 'fatal');
    });

    test('a pool whose connections are all taken is waited for, and not for ever', async () => {
      const small = server.pool({ most: 1 });
      const held = await (small.getConnection?.() ?? small.connect());
      const waiting = server.executor(small);
      assert.equal(await fault(waiting.load([statement('SELECT 1')])), 'fatal');
      held.release();
      assert.deepEqual(await waiting.load([statement('SELECT 1')]), [[[1]]]);
    });

    test('a load cannot write', async () => {
      await fresh();
      assert.equal(await fault(executor.load([insert(1)])), 'fatal');
      assert.equal(await count(), 0);
    });

    test('a whole order is opened, paid, shipped and explained', async () => {
      const gateway = await sandbox();
      const done = [];
      const note = (effect) => void done.push(effect.kind);
      const checkout = await openCheckout(gateway, {
        executor,
        tablePrefix: `whole_${server.dialect}_`,
        effects: { ship_order: note, send_confirmation_email: note },
      });
      const { orderId, statusToken, order } = await checkout.createCheckout(mug());
      await gateway.control(`/payments/${order.payment.paymentId}/pay`);
      const { deliveries } = await gateway.read('/webhooks/deliveries');
      const payload = deliveries.at(-1).body;
      const signature = generateWebhookSignature({ payload, secret: SECRET });
      for (const outcome of ['applied', 'already_applied']) {
        assert.equal((await checkout.handleWebhook(payload, signature)).outcome, outcome);
      }
      await checkout.runEffects();
      assert.deepEqual(done.sort(), ['send_confirmation_email', 'ship_order']);
      const status = await checkout.orderStatus({ orderId, statusToken });
      assert.equal(status.status, 'fulfilled');
      assert.ok((await checkout.explainOrder(orderId)).log.length > 2);
    });
  });

// The servers wait, and so does this process: both at once.
describe('executors', { concurrency: true }, () => Object.entries(servers).map(each));

test('a pg connection is given back with the settings that it had', async () => {
  const pool = servers['pg on PostgreSQL'].pool({ most: 1 });
  await pool.query("SET lock_timeout = '1234ms'; SET synchronous_commit = off");
  const executor = pgExecutor(pool);
  await executor.commit([statement('SELECT 1')]);
  await executor.load([statement('SELECT 1')]);
  await fault(executor.commit([statement('SELECT nonsense')]));
  const shown = await pool.query({
    text:
      "SELECT current_setting('lock_timeout'), current_setting('synchronous_commit')," +
      " current_setting('statement_timeout'), current_setting('transaction_isolation')",
    rowMode: 'array',
  });
  assert.deepEqual(shown.rows, [['1234ms', 'off', '0', 'read committed']]);
});

test('a mysql2 connection is given back with the settings that it had', async () => {
  const pool = servers['mysql2 on MariaDB'].pool({ most: 1, charset: 'latin1' });
  await pool.query("SET SESSION sql_mode = 'ANSI_QUOTES', innodb_lock_wait_timeout = 77");
  const shown = () =>
    pool.query(
      'SELECT @@sql_mode, @@innodb_lock_wait_timeout, @@character_set_results,' +
        ' @@max_statement_time, @@check_constraint_checks, @@unique_checks',
    );
  const [before] = await shown();
  const executor = mysql2Executor(pool);
  await executor.commit([statement('DO 1')]);
  const [[[text]]] = await executor.load([statement('SELECT ?', 'zażółć 🎉 "\\\'')]);
  assert.equal(text, 'zażółć 🎉 "\\\'');
  await fault(executor.commit([statement('DO nonsense()')]));
  assert.deepEqual((await shown())[0], before);
});

test('a pool of the other kind of mysql2, and one with options of its own, serve as well', async () => {
  const pool = mysqlCallbacks.createPool({
    uri: mariadb,
    bigNumberStrings: true,
    supportBigNumbers: true,
    decimalNumbers: true,
    dateStrings: true,
    typeCast: () => 'changed by the shop',
    namedPlaceholders: true,
  });
  open.push(pool.promise());
  const executor = mysql2Executor(pool);
  const rows = await executor.load([statement('SELECT ?, ?, ?', 9007199254740991, 'text', null)]);
  assert.deepEqual(rows, [[[9007199254740991, 'text', null]]]);
});

test('a pool of pg with parsers of its own serves as well', async () => {
  const types = { getTypeParser: () => () => 'changed by the shop' };
  const pool = servers['pg on PostgreSQL'].pool({ types });
  const rows = await pgExecutor(pool).load([
    statement('SELECT $1::bigint, $2::text, $3::text', 9007199254740991, 'text', null),
  ]);
  assert.deepEqual(rows, [[[9007199254740991, 'text', null]]]);
});
