// What checking and reading one webhook costs: the package beside the published SDK, Stripe's,
// Standard Webhooks' and Node's own crypto, in one process, taking turns. Counts the processor's
// time, the collector's with it, since a busy machine stretches the clock's. Judges nothing.
//
//   node verify.mjs <unpacked SDK> [--quick]

import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import * as ours from 'coinpay-embed';
import { name, reason } from 'coinpay-embed/backend';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { SECRET, signed } from './webhooks.mjs';

const [sdkFolder, option] = process.argv.slice(2);
const [ROUNDS, CALLS] = option === '--quick' ? [1, 20] : [31, 2_000];
const { exports: entries } = JSON.parse(readFileSync(join(sdkFolder, 'package.json'), 'utf8'));
const sdk = await import(pathToFileURL(join(sdkFolder, entries['./webhooks'].import)).href);
const stripe = new Stripe('sk_test_none');
const standard = new Webhook(Buffer.from(SECRET).toString('base64'));

const { body: payload, signature } = signed({ orderId: 'order-1', paymentId: crypto.randomUUID() });
const bytes = Buffer.from(payload);
const now = new Date();
const standardHeaders = {
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(Math.floor(now / 1000)),
  'webhook-signature': standard.sign('evt_1', now, payload),
};

function byCrypto(text) {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature);
  if (Math.abs(Date.now() / 1000 - Number(t)) > 300) return false;
  const made = createHmac('sha256', SECRET).update(`${t}.`).update(text).digest();
  return timingSafeEqual(made, Buffer.from(v1, 'hex'));
}

const asked = { payload, signature, secret: SECRET };
const askedBytes = { ...asked, payload: bytes };
/** What a handler gets is bytes; what takes text only is handed `toString()`. */
const text = () => bytes.toString();
const PEERS = {
  'verify, text': {
    'coinpay-embed': () => ours.verifyWebhookSignature(asked),
    '@profullstack/coinpay': () => sdk.verifyWebhookSignature(asked),
    stripe: () => stripe.webhooks.signature.verifyHeader(payload, signature, SECRET, 300),
    'node:crypto': () => byCrypto(payload),
  },
  'verify, bytes': {
    'coinpay-embed': () => ours.verifyWebhookSignature(askedBytes),
    '@profullstack/coinpay': () => sdk.verifyWebhookSignature({ ...asked, payload: text() }),
    stripe: () => stripe.webhooks.signature.verifyHeader(bytes, signature, SECRET, 300),
    'node:crypto': () => byCrypto(bytes),
  },
  'verify + parse, text': {
    'coinpay-embed': () => ours.verifyWebhookSignature(asked) && ours.parseWebhookPayload(payload),
    '@profullstack/coinpay': () =>
      sdk.verifyWebhookSignature(asked) && sdk.parseWebhookPayload(payload),
    stripe: () => stripe.webhooks.constructEvent(payload, signature, SECRET),
    standardwebhooks: () => standard.verify(payload, standardHeaders),
    'node:crypto': () => byCrypto(payload) && JSON.parse(payload),
  },
  'verify + parse, bytes': {
    'coinpay-embed': () =>
      ours.verifyWebhookSignature(askedBytes) && ours.parseWebhookPayload(bytes),
    '@profullstack/coinpay': () => {
      const raw = text();
      return sdk.verifyWebhookSignature({ ...asked, payload: raw }) && sdk.parseWebhookPayload(raw);
    },
    stripe: () => stripe.webhooks.constructEvent(bytes, signature, SECRET),
    standardwebhooks: () => standard.verify(text(), standardHeaders),
    'node:crypto': () => byCrypto(bytes) && JSON.parse(text()),
  },
};

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

function measure(peers) {
  const times = Object.fromEntries(Object.keys(peers).map((peer) => [peer, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [peer, run] of Object.entries(peers)) {
      const start = process.cpuUsage();
      for (let call = 0; call < CALLS; call += 1) if (!run()) throw new Error(`${peer} refuses`);
      const { user, system } = process.cpuUsage(start);
      times[peer].push(Math.max(1, user + system) / CALLS);
    }
  }
  return times;
}

console.log(`Node ${process.versions.node}, ${name}: ${reason}`);
console.log(
  `a body of ${bytes.length} bytes; medians of ${ROUNDS} rounds, taken in turn, of processor time`,
);
for (const [what, peers] of Object.entries(PEERS)) {
  const times = measure(peers);
  console.log(what);
  for (const [peer, taken] of Object.entries(times)) {
    const ratios = taken.map((time, round) => time / times['coinpay-embed'][round]);
    const ratio = peer === 'coinpay-embed' ? '' : `${median(ratios).toFixed(2)} times ours`;
    console.log(`  ${peer.padEnd(24)} ${median(taken).toFixed(2).padStart(7)} µs  ${ratio}`);
  }
}
console.log('wanted of the SDK: at least 3 times ours to verify, 1.8 times to verify and parse');
