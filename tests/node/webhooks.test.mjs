// What the quick ways of the addon answer, beside what the core answers: never anything else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import {
  generateWebhookSignature,
  parseWebhookPayload,
  verifyWebhook,
  verifyWebhookSignature,
} from 'coinpay-embed';
import { call, name } from 'coinpay-embed/backend';

const vectors = (file) =>
  JSON.parse(
    readFileSync(join(process.env.COINPAY_TEST_ROOT, `tests/vectors/${file}.json`), 'utf8'),
  );
const SECRET = 'whsec_9f2c1a7e5b';
const outcome = (run) => {
  try {
    return run();
  } catch (error) {
    return error.code ?? `${error}`;
  }
};

test('these tests run on the addon', () => assert.equal(name, 'addon'));

test('every event of the vectors is read as the core reads it, as text and as bytes', () => {
  const bodies = vectors('webhook_events').cases.map((one) => one.body);
  const hostile = [
    '{"type":"payment.confirmed","data":{"a":"\\ud83d"}}',
    '{"id":"a","type":"b","business_id":"c","created_at":"2026-02-30T25:00:00Z","data":{}}',
    '{"id":"a","type":"b","business_id":"c","created_at":"2026-02-03T05:00:00Z","data":[]}',
    '{"id":1,"type":"b","business_id":2,"created_at":"2026-02-03T05:00:00Z","data":{}}',
    `{"id":"a","type":"b","business_id":"c","created_at":"2026-02-03T05:00:00Z","data":{"x":${'['.repeat(200)}${']'.repeat(200)}}}`,
    '\ufeff{}',
    '🎉',
  ];
  const times = [
    ...['2026-02-29', '2026-02-30', '2028-02-29', '2026-12-31', '2026-04-31', '2026-13-01'],
    ...['2026-00-10', '2026-01-00', '0099-01-01', '1969-12-31', '9999-12-31'],
  ].map((day) => `${day}T05:00:00Z`);
  const clocks = ['24:00:00', '23:60:00', '23:59:60', '00:00:00', '11:45:35.007', '11:45:35.9'];
  times.push(...[...clocks, '11:45:35.12', '11:45:35.1234'].map((at) => `2026-11-30T${at}Z`));
  const told = times.map(
    (time) => `{"id":"a","type":"b","business_id":"c","created_at":"${time}","data":{}}`,
  );
  let plain = 0;
  for (const body of [...bodies, ...hostile, ...told].filter((body) => typeof body === 'string')) {
    const bytes = Buffer.from(body);
    const wanted = outcome(() => {
      const event = call('parse_webhook', {}, bytes);
      const time = event.created_at_ms ?? NaN;
      return { id: event.id, type: event.type_name, time, business: event.business_id };
    });
    for (const given of [body, bytes, new Uint8Array(bytes)]) {
      const read = outcome(() => {
        const event = parseWebhookPayload(given);
        plain += 1;
        const time = event.createdAt.getTime();
        return { id: event.id, type: event.type, time, business: event.businessId };
      });
      assert.deepEqual(read, wanted, body.slice(0, 200));
    }
  }
  assert.ok(plain > 60, `${plain} were read`);
});

test('bytes that are no text are refused as the core refuses them', () => {
  const head = Buffer.from('{"id":"a","type":"b","business_id":"c","data":{"x":"');
  const bytes = Buffer.concat([head, Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]);
  assert.equal(
    outcome(() => parseWebhookPayload(bytes)),
    'webhook_unreadable',
  );
});

test('every signature of the vectors is judged as the core judges it', () => {
  const file = vectors('webhook_signatures');
  let judged = 0;
  for (const one of file.cases.filter((one) => one.call === 'verify_webhook')) {
    const {
      header,
      secrets,
      tolerance_s: tolerance = 300,
      now_ms: now,
    } = { ...file.every, ...one };
    if (typeof one.body !== 'string') continue;
    const args = { header, secrets, now_ms: now, tolerance_s: tolerance };
    const wanted = outcome(() => call('verify_webhook', args, Buffer.from(one.body)));
    const asked = { signature: header, secret: secrets, tolerance, now };
    for (const payload of [one.body, Buffer.from(one.body)]) {
      const given = outcome(() => {
        const { timestampS, secretIndex } = verifyWebhook({ ...asked, payload });
        return { timestamp_s: timestampS, secret_index: secretIndex };
      });
      assert.deepEqual(given, wanted, one.name);
      if (secrets.length !== 1) continue;
      const single = outcome(() => {
        const verified = verifyWebhook({ ...asked, secret: secrets[0], payload });
        return { timestamp_s: verified.timestampS, secret_index: verified.secretIndex };
      });
      assert.deepEqual(single, wanted, one.name);
      judged += 1;
    }
  }
  assert.ok(judged > 20, `${judged} were judged`);
});

test('bodies of every size and script are verified, and not with one byte changed', () => {
  const texts = [
    '',
    'x',
    'é',
    '🎉'.repeat(3_000),
    'x'.repeat(5_000),
    'x'.repeat(200_000),
    '\ud83d',
  ];
  for (const text of texts) {
    const now = 1_795_348_800_000;
    for (const payload of [text, Buffer.from(text), new Uint8Array(Buffer.from(text))]) {
      const signature = generateWebhookSignature({
        payload,
        secret: SECRET,
        timestamp: now / 1000,
      });
      const asked = { payload, signature, secret: SECRET, now };
      assert.ok(verifyWebhookSignature(asked), `${text.length}`);
      assert.deepEqual(verifyWebhook(asked), { timestampS: now / 1000, secretIndex: 0 });
      const changed = typeof payload === 'string' ? `${payload}x` : Buffer.from(`${text}x`);
      assert.ok(!verifyWebhookSignature({ ...asked, payload: changed }));
      assert.ok(!verifyWebhookSignature({ ...asked, secret: `${SECRET}x` }));
      assert.ok(!verifyWebhookSignature({ ...asked, signature: `${signature}x`.repeat(500) }));
    }
  }
});

test('a body is a view into a larger buffer, or a buffer of its own', () => {
  const whole = Buffer.from('....{"a":1}....');
  const payload = new Uint8Array(whole.buffer, whole.byteOffset + 4, 7);
  const signature = generateWebhookSignature({ payload: '{"a":1}', secret: SECRET });
  assert.ok(verifyWebhookSignature({ payload, signature, secret: SECRET }));
  assert.ok(verifyWebhookSignature({ payload: payload.slice().buffer, signature, secret: SECRET }));
});
