// The helpers for a shop's own tests, used as a shop would.

import assert from 'node:assert/strict';
import process from 'node:process';
import { after, test } from 'node:test';
import { Checkout, CoinPayError } from 'coinpay-embed';
import { signedWebhook, startSandbox } from 'coinpay-embed/testing';

test('a shop pays an order at the sandbox', async () => {
  // snippet: sandbox
  const sandbox = await startSandbox();
  const { baseUrl, apiKey, businessId, webhookSecret } = sandbox;
  const checkout = await Checkout.open({
    mode: 'test',
    apiKey,
    businessId,
    baseUrl,
    webhookSecrets: [webhookSecret],
    database: 'sqlite::memory:',
  });
  const { orderId, statusToken, order } = await checkout.createCheckout({
    cartId: 'cart-1',
    currency: 'USD',
    items: [{ sku: 'mug', price: '12.00', quantity: 1 }],
    blockchain: 'BTC',
  });
  // What the gateway sends when the money is there, signed as it signs.
  const event = {
    id: 'evt_1',
    type: 'payment.confirmed',
    data: {
      payment_id: order.payment.paymentId,
      status: 'confirmed',
      received_amount: Number(order.payment.cryptoAmount),
    },
    created_at: new Date().toISOString(),
    business_id: businessId,
  };
  const { body, headers } = signedWebhook(event, { secret: webhookSecret });
  await checkout.handleWebhook(body, headers['x-coinpay-signature']);
  const { status } = await checkout.orderStatus({ orderId, statusToken }); // paid
  // /snippet
  after(() => Promise.all([checkout.close(), sandbox.close()]));
  assert.equal(status, 'paid');
  const forged = signedWebhook(event, { secret: 'whsec_other' });
  const refused = await checkout.handleWebhook(forged.body, forged.headers['x-coinpay-signature']);
  assert.equal(refused.httpStatus, 401);
});

test('the sandbox delivers webhooks to where it is told, and ends when it is closed', async () => {
  const sandbox = await startSandbox({
    webhookUrl: 'http://127.0.0.1:9/',
    webhookSecret: 'whsec_a',
  });
  const { url } = await sandbox.read('/webhooks/config');
  assert.equal(url, 'http://127.0.0.1:9/');
  await assert.rejects(sandbox.control('/no/such/path'), (error) => error instanceof CoinPayError);
  await sandbox.close();
  await sandbox.close();
  await assert.rejects(fetch(`${sandbox.controlUrl}/payments`));
});

test('where the command is not there, the message says how to name it', async () => {
  process.env.COINPAY_BIN = '/no/such/coinpay';
  after(() => delete process.env.COINPAY_BIN);
  await assert.rejects(startSandbox(), (error) => {
    assert.equal(error.code, 'invalid_configuration');
    return /the sandbox does not start/.test(error.message);
  });
});
