// The addon's own PostgreSQL and MySQL: the contract of executors, and a shop with two checkouts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { Checkout } from 'coinpay-embed';
import { startSandbox } from 'coinpay-embed/testing';
import { openDatabase } from '../../node_modules/coinpay-embed/dist/database.js';
import { runContract } from '../edge/contract.mjs';
import { confirmed } from './support/shop.mjs';

const {
  COINPAY_TEST_ROOT: root,
  COINPAY_TEST_POSTGRES: postgres,
  COINPAY_TEST_MARIADB: mariadb,
} = process.env;
const vectors = (name) =>
  JSON.parse(readFileSync(join(root, `tests/vectors/${name}.json`), 'utf8'));

for (const [dialect, address] of [
  ['postgres', postgres],
  ['mysql', mariadb],
]) {
  test(`the addon keeps the contract on ${dialect}`, async () => {
    const contract = vectors(`store_contract_${dialect}`);
    const open = () => openDatabase(address);
    const ran = await runContract(contract, vectors('manifest'), open, dialect);
    assert.deepEqual(ran.failures, []);
    assert.ok(ran.executed > 10, `${ran.executed} cases ran`);
  });

  test(`two checkouts on ${dialect} take the same webhooks once`, async () => {
    const sandbox = await startSandbox();
    const settings = {
      mode: 'test',
      apiKey: sandbox.apiKey,
      businessId: sandbox.businessId,
      baseUrl: sandbox.baseUrl,
      webhookSecrets: [sandbox.webhookSecret],
      database: address,
      tablePrefix: `node${process.versions.node.split('.')[0]}_`,
      workEveryMs: 0,
    };
    const shipped = [];
    const effects = { ship_order: ({ orderId }) => void shipped.push(orderId) };
    const both = await Promise.all([1, 2].map(() => Checkout.open({ ...settings, effects })));
    const [first] = both;
    const orders = [];
    for (let number = 0; number < 8; number += 1) {
      const { orderId, statusToken, order } = await first.createCheckout({
        cartId: crypto.randomUUID(),
        blockchain: 'BTC',
        currency: 'USD',
        items: [{ sku: 'mug', price: '12.00', quantity: 1, digital: true }],
      });
      const { paymentId, cryptoAmount, address: to } = order.payment;
      orders.push({ orderId, statusToken, paymentId, cryptoAmount, address: to });
    }
    const answers = orders.flatMap((one) => {
      const { body, headers } = confirmed(one, sandbox);
      return both.map((shop) => shop.handleWebhook(body, headers['x-coinpay-signature']));
    });
    for (const { httpStatus } of await Promise.all(answers)) assert.equal(httpStatus, 200);
    await Promise.all(both.map((shop) => shop.runEffects()));
    await Promise.all(both.map((shop) => shop.runEffects()));
    for (const { orderId, statusToken } of orders) {
      const { status } = await first.orderStatus({ orderId, statusToken });
      assert.equal(status, 'fulfilled');
      assert.equal(shipped.filter((one) => one === orderId).length, 1);
    }
    await Promise.all(both.map((shop) => shop.close()));
    await sandbox.close();
  });
}

test('a server that is not there is store_unavailable, and nothing is left behind', async () => {
  const shop = { mode: 'test', apiKey: 'cp_test_a', businessId: crypto.randomUUID() };
  const database = 'postgres://nobody@127.0.0.1:9/none';
  await assert.rejects(Checkout.open({ ...shop, database }), (error) => {
    assert.ok(!error.message.includes('nobody'), error.message);
    return error.code === 'store_unavailable' && error.retryable;
  });
});
