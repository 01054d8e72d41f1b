// Hands broken input to every call and every operation: an error is an answer, a trap is not.

const encoder = new TextEncoder();
const HOSTILE = [
  '',
  '{',
  '[]',
  'null',
  '"text"',
  '{}',
  '{"text":1}',
  '{"text":"\\u0000"}',
  '{"text":"9e999999999"}',
  '{"units":"340282366920938463463374607431768211456","exponent":255}',
  '['.repeat(5_000),
  '{"chain":"BTC","address":"\\ud83d\\ude00","amount":"1"}',
];

/**
 * `core` are the calls of a build, `shops` are lists of operations, each with what opens a shop that has them;
 * gives how many calls were made and which of them trapped.
 */
export function runSweeps(documents, calls, shops, core) {
  const failures = [];
  let executed = 0;
  const attempt = (what, run) => {
    executed += 1;
    try {
      run();
    } catch (error) {
      if (error?.code === undefined || error.cause !== undefined) {
        failures.push(`${what}: ${error?.cause ?? error}`);
      }
    }
  };
  for (const name of [...calls, 'no_such_call']) {
    for (const text of HOSTILE)
      attempt(`${name} ${text}`, () => core.call(name, text, bytes(text)));
  }
  for (const one of documents.webhook_events.cases.filter((one) => one.body)) {
    const whole = encoder.encode(one.body);
    for (let length = 0; length < Math.min(whole.length, 300); length += 3) {
      const bent = whole.slice(0, 600);
      bent[length % bent.length] ^= 0x15;
      attempt('parse', () => core.parseWebhook(whole.slice(0, length)));
      attempt('parse', () => core.parseWebhook(bent));
      attempt('verify', () => core.verifyWebhook(bent, `t=${length},v1=00`, '["a"]', 1e300, 300));
    }
  }
  const seed = new Uint8Array(32);
  for (const [operations, openShop] of shops) {
    const shop = openShop(CONFIGURATION, 'sqlite');
    for (const name of operations) {
      for (const text of HOSTILE) {
        attempt(`${name} ${text}`, () => {
          const operation = shop.start(name, text, bytes(text), NaN, seed);
          operation.step();
          for (const answer of HOSTILE) operation.answer(answer, bytes(answer));
          operation.free();
        });
      }
      attempt('short seed', () => shop.start(name, '{}', bytes(''), 0, new Uint8Array(3)));
    }
  }
  return { executed, failures };
}

const bytes = (text) => encoder.encode(text);
const CONFIGURATION = JSON.stringify({
  mode: 'test',
  api_key: 'cp_test_a',
  business_id: '7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10',
});
