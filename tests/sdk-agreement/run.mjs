// Holds our signer and verifier against those of the published JavaScript SDK, both ways.
//
//   node run.mjs <unpacked SDK> <sign_payloads binary>
//
// The SDK reads the clock, so the clock is set to each signature's time. It takes text, so the
// bodies are UTF-8 and not empty; that is all it can be compared on.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const COUNT = 360;
const REQUIRED = 300;

const [sdkFolder, binary] = process.argv.slice(2);
if (!sdkFolder || !binary) {
  console.error('usage: node run.mjs <unpacked SDK> <sign_payloads binary>');
  process.exit(2);
}

const sdk = await importWebhooks(resolve(sdkFolder));
let passed = 0;
let failed = 0;

const ours = run(['sign', String(COUNT)]).map((line) => JSON.parse(line));
const theirs = ours.map((line, number) => {
  const body = oddBody(number) ?? textOf(line);
  const header = sdk.generateWebhookSignature({
    payload: body,
    secret: line.secret,
    timestamp: line.timestamp_s,
  });
  return { ...line, body: Buffer.from(body).toString('hex'), header };
});

check('we signed as many as asked for', ours.length === COUNT);

for (const line of ours) {
  const name = `payload ${line.timestamp_s}`;
  check(`they accept ours: ${name}`, theyAccept(line));
  check(`they refuse ours, changed: ${name}`, !theyAccept(changed(line)));
  const signed = sdk.generateWebhookSignature({
    payload: textOf(line),
    secret: line.secret,
    timestamp: line.timestamp_s,
  });
  check(`we write the same header: ${name}`, signed === line.header);
}

const verdicts = weJudge(theirs);
const changedVerdicts = weJudge(theirs.map(changed));
const late = (line) => ({ ...line, timestamp_s: line.timestamp_s + 1 });
const lateVerdicts = weJudge(theirs.map(late));
check('we judge every line', verdicts.length === COUNT);
theirs.forEach((line, number) => {
  const name = `payload ${line.timestamp_s}`;
  check(`we accept theirs: ${name}`, verdicts[number] === 'ok');
  check(`we refuse theirs, changed: ${name}`, changedVerdicts[number] === 'signature_wrong');
  check(`we refuse theirs, late: ${name}`, lateVerdicts[number] === 'signature_stale');
});

// What both refuse: forms of the header that one of them might let through.
for (const t of ['abc', '+1795348800', '-1795348800', '0', '', '1.5', '1e9', 'NaN', '0x1']) {
  const line = { ...ours[0] };
  line.header = line.header.replace(/^t=\d+/, `t=${t}`);
  check(`both refuse t=${t}`, !theyAccept(line) && weJudge([line])[0] !== 'ok');
}

const payloads = new Set([...ours, ...theirs].map((line) => line.body));
check(`at least ${REQUIRED} payloads differ`, payloads.size >= REQUIRED);

console.log(`${payloads.size} different payloads`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function check(name, holds) {
  if (holds) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`FAILED ${name}`);
  }
}

async function importWebhooks(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = manifest.exports['./webhooks'].import;
  return import(pathToFileURL(join(folder, file)).href);
}

function textOf(line) {
  return Buffer.from(line.body, 'hex').toString('utf8');
}

function theyAccept(line) {
  const now = Date.now;
  Date.now = () => line.timestamp_s * 1000;
  try {
    return sdk.verifyWebhookSignature({
      payload: textOf(line),
      signature: line.header,
      secret: line.secret,
    });
  } finally {
    Date.now = now;
  }
}

function weJudge(lines) {
  return run(['verify'], lines.map((line) => JSON.stringify(line)).join('\n') + '\n');
}

function run(args, input) {
  const child = spawnSync(binary, args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (child.status !== 0) {
    throw new Error(`${binary} ${args.join(' ')}: ${child.error ?? child.stderr}`);
  }
  return child.stdout.split('\n').filter((line) => line !== '');
}

function changed(line) {
  return { ...line, body: Buffer.from(`${textOf(line)}x`).toString('hex') };
}

// Bodies that JavaScript itself makes: numbers, escapes and half characters as it writes them.
function oddBody(number) {
  const made = {
    0: JSON.stringify({ amount: 0.1 + 0.2, small: 5e-7, large: 1e21, zero: -0 }),
    1: JSON.stringify({ half: '\ud83d', whole: '\ud83d\ude00', line: '\u2028' }),
    2: JSON.stringify({ nested: [[[]], {}, null, true], 'ключ': 'значение' }, null, 2),
    3: '\ufeff{}',
    4: '{"a":1}\r\n',
    5: ' ',
    6: '\0',
    7: '.',
    8: `{"t":"t=1,v1=${'0'.repeat(64)}"}`,
    9: '🎉'.repeat(5000),
    10: 'x'.repeat(256 * 1024 - 1),
  };
  return made[number % 30];
}
