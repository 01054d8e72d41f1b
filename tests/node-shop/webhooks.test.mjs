// Verifying, reading and signing webhooks, beside the published SDK.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@profullstack/coinpay';
import * as ours from 'coinpay-embed';

const secret = 'whsec_surface';
const payload = JSON.stringify({
  id: 'evt_1',
  type: 'payment.forwarded',
  data: { payment_id: 'p1', metadata: { orderId: 'zażółć' } },
  created_at: '2026-11-23T10:00:00Z',
  business_id: 'b1',
});

test('both sign alike, and each takes what the other signs', () => {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = sdk.generateWebhookSignature({ payload, secret, timestamp });
  assert.equal(ours.generateWebhookSignature({ payload, secret, timestamp }), signature);
  assert.equal(ours.verifyWebhookSignature({ payload, signature, secret }), true);
  const tolerance = {
    payload,
    secret,
    signature: sdk.generateWebhookSignature({ payload, secret, timestamp: timestamp - 400 }),
  };
  assert.equal(ours.verifyWebhookSignature(tolerance), false);
  assert.equal(ours.verifyWebhookSignature({ ...tolerance, tolerance: 500 }), true);
});

test('both read an event alike', () => {
  assert.deepEqual(ours.parseWebhookPayload(payload), sdk.parseWebhookPayload(payload));
});

test('bodies are text, a Buffer, or any bytes', () => {
  const buffer = Buffer.from(payload);
  const bytes = new Uint8Array(buffer);
  const signature = ours.generateWebhookSignature({ payload, secret });
  const bodies = [payload, buffer, bytes, bytes.buffer, new DataView(bytes.buffer)];
  for (const body of bodies) {
    assert.equal(ours.verifyWebhookSignature({ payload: body, signature, secret }), true);
    assert.equal(ours.parseWebhookPayload(body).type, 'payment.forwarded');
    assert.equal(
      ours.generateWebhookSignature({ payload: body, secret, timestamp: 1 }),
      ours.generateWebhookSignature({ payload, secret, timestamp: 1 }),
    );
  }
});

test('what a request brings is no error, what the shop gives may be one', () => {
  const signature = ours.generateWebhookSignature({ payload, secret });
  for (const forged of [undefined, null, '', 'x', 7, ['a'], {}]) {
    assert.equal(ours.verifyWebhookSignature({ payload, signature: forged, secret }), false);
  }
  const thrown = (given) => {
    try {
      ours.verifyWebhookSignature({ payload, signature, secret, ...given });
      return null;
    } catch (error) {
      return error.code;
    }
  };
  assert.equal(thrown({ secret: undefined }), 'secret_missing');
  assert.equal(thrown({ secret: '' }), 'secret_missing');
  assert.equal(thrown({ payload: undefined }), 'invalid_input');
  assert.equal(thrown({ payload: JSON.parse(payload) }), 'invalid_input');
  assert.equal(thrown({ tolerance: NaN }), 'invalid_input');
  assert.throws(() => ours.parseWebhookPayload('{'), { code: 'webhook_unreadable' });
  assert.throws(() => ours.parseWebhookPayload({}), { code: 'invalid_input' });
});
