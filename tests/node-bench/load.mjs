// The same load for both shops: webhooks of as many orders, each sent once, over 32 connections.
// The shops take turns. Prints what was seen, and judges nothing.
//
//   node load.mjs <unpacked SDK> <PostgreSQL's address> [--quick]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

const CONNECTIONS = 32;
const [sdk, address, option] = process.argv.slice(2);
const [COUNT, ROUNDS] = option === '--quick' ? [64, 1] : [3_000, 3];

const folder = mkdtempSync(join(tmpdir(), 'coinpay-load-'));
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function started(script, ...words) {
  const child = spawn(process.execPath, ['--expose-gc', '--no-warnings', script, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended`))),
  ]);
  const { port } = JSON.parse(line);
  const ask = async (path, method = 'POST') =>
    (await fetch(`http://127.0.0.1:${port}/bench/${path}`, { method })).json();
  const end = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { port, ask, end };
}

/** One connection, one request after the other; gives how long each took, in milliseconds. */
async function connection(port, next) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  const taken = [];
  let heard = '';
  let answered;
  socket.on('data', (chunk) => {
    heard += chunk;
    const head = heard.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0);
    if (head < 0 || heard.length < head + 4 + length) return;
    const status = heard.slice(9, 12);
    heard = '';
    answered(status);
  });
  for (let webhook = next(); webhook; webhook = next()) {
    const start = performance.now();
    const status = new Promise((resolve) => (answered = resolve));
    socket.write(
      'POST /webhooks/coinpay HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n' +
        `content-length: ${Buffer.byteLength(webhook.body)}\r\n` +
        `x-coinpay-signature: ${webhook.signature}\r\n\r\n${webhook.body}`,
    );
    const said = await status;
    if (said !== '200') throw new Error(`the shop answered ${said}`);
    taken.push(performance.now() - start);
  }
  socket.destroy();
  return taken;
}

async function loaded(shop, isSampled) {
  const { what, webhooks } = await shop.ask('webhooks', 'GET');
  if (isSampled) await shop.ask('sample');
  await shop.ask('begin');
  let at = 0;
  const next = () => webhooks[at++];
  const start = performance.now();
  const all = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => connection(shop.port, next)),
  );
  const seconds = (performance.now() - start) / 1000;
  const taken = all.flat().toSorted((a, b) => a - b);
  const ended = await shop.ask('end');
  const part = (share) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))];
  const seen = { rate: taken.length / seconds, p50: part(0.5), p99: part(0.99) };
  return { what, ...seen, ...ended };
}

async function round(script, words, isSampled = false) {
  const shop = await started(new URL(script, import.meta.url).pathname, ...words);
  try {
    return await loaded(shop, isSampled);
  } finally {
    await shop.end();
  }
}

const ms = (number) => `${number.toFixed(1)} ms`;
function print(seen) {
  console.log(
    `${seen.what}: ${seen.rate.toFixed(0)} webhooks/s, p50 ${ms(seen.p50)}, p99 ${ms(seen.p99)}; ` +
      `stalls p50 ${ms(seen.stalls.p50)}, p99 ${ms(seen.stalls.p99)}, ` +
      `longest ${ms(seen.stalls.longest)} (longest collection ${ms(seen.collecting)})`,
  );
  console.log(`  left: ${JSON.stringify(seen.left)}`);
}

const ours = (name, isSampled) =>
  round('shop-ours.mjs', [join(folder, `shop-${name}.db`), String(COUNT)], isSampled);
const ratios = [];
let stretches;
try {
  for (let number = 0; number < ROUNDS; number += 1) {
    const own = await ours(number);
    print(own);
    const peer = await round('shop-theirs.mjs', [address, String(COUNT), sdk]);
    print(peer);
    ratios.push([own.rate / peer.rate, peer.p99 / own.p99]);
  }
  print(await round('shop-none.mjs', [String(COUNT)]));
  ({ stretches } = await ours('sampled', true));
} finally {
  rmSync(folder, { recursive: true });
}
const [rate, p99] = [0, 1].map((which) => median(ratios.map((pair) => pair[which])).toFixed(2));
const { byClock, bySamples, share } = stretches;
console.log(`${CONNECTIONS} connections, ${COUNT} webhooks; medians of ${ROUNDS} rounds:`);
console.log(`  ${rate} times the peer's webhooks per second; at least 2 is wanted`);
console.log(`  the peer's p99 is ${p99} times ours; more than 1 is wanted`);
console.log(
  `  the longest stretch in the package's code and addon: ${ms(bySamples)} by samples, ` +
    `${ms(byClock)} by the clock; at most 10 is wanted`,
);
console.log(`  its part of the event loop's busy time: ${(share * 100).toFixed(0)} %`);
