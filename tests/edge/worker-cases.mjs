// What happens inside of workerd when something breaks: the instance of the core by a trap, the
// connection to D1 in the middle of a batch. Each case is a sentence that has to be true.

import { Checkout, generateWebhookSignature, parseWebhookPayload } from 'coinpay-embed';
import { verifyWebhook } from 'coinpay-embed';
import { d1Executor } from 'coinpay-embed/d1';
import { operators } from 'coinpay-embed/operators';

/** Says of itself that it is more than the memory of an instance can ever be. */
class Endless extends Uint8Array {
  get length() {
    return 2 ** 32 - 2 ** 16;
  }
}

function trapped() {
  const signature = generateWebhookSignature({ payload: '', secret: 's' });
  try {
    verifyWebhook({ payload: new Endless(1), signature, secret: 's' });
  } catch (error) {
    return error;
  }
  throw new Error('nothing trapped');
}

/** The same in the engine's own instance. */
async function trappedIn(checkout) {
  const error = await checkout.handleWebhook(new Endless(1), 't=1,v1=0').catch((error) => error);
  equal([error.code, error.cause instanceof WebAssembly.RuntimeError], ['internal', true]);
}

/** D1 whose connection is lost in the batches that `plan` names: before they run, or after. */
function flaky(database) {
  const lost = () => new Error('D1_ERROR: Network connection lost.');
  const ran = [];
  const flaky = {
    plan: [],
    ran,
    prepare: (sql) => ({
      bind: (...values) => ({ sql, bound: database.prepare(sql).bind(...values) }),
    }),
    async batch(statements) {
      const breaks = flaky.plan.shift();
      ran.push(`${/^\w+/.exec(statements[0].sql)}${breaks ? ` lost ${breaks}` : ''}`);
      if (breaks === 'before') throw lost();
      const answers = await database.batch(statements.map(({ bound }) => bound));
      if (breaks === 'after') throw lost();
      return answers;
    },
  };
  return flaky;
}

let articles = 0;

/** A shop on D1, and goods that come in under an id of their own. */
async function shopOn(database, options = {}) {
  const checkout = await Checkout.open({
    ...options,
    mode: 'test',
    apiKey: 'cp_test_a',
    businessId: '7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10',
    executor: d1Executor(database),
  });
  const sku = `article-${(articles += 1)}`;
  const adjustment = { adjustmentId: `of ${sku}`, sku, delta: 5, actor: 'anna' };
  return { checkout, goodsIn: () => checkout.adjustStock(adjustment) };
}

function equal(given, wanted) {
  const [left, right] = [JSON.stringify(given), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

const level = ({ onHand, applied }) => [onHand, applied];

export const traps = {
  async 'a trap is an error with a code, and its cause is the trap'() {
    const error = trapped();
    equal([error.code, error.cause instanceof WebAssembly.RuntimeError], ['internal', true]);
  },
  async 'the next calls are answered by a fresh instance'() {
    const payload = '{"type":"payment.confirmed","data":{}}';
    const signature = generateWebhookSignature({ payload, secret: 's' });
    for (let round = 0; round < 20; round += 1) {
      trapped();
      equal(verifyWebhook({ payload, signature, secret: 's' }).secretIndex, 0);
      equal(parseWebhookPayload(payload).type, 'payment.confirmed');
    }
  },
  async 'a checkout that was open stays open'({ DB }) {
    const { checkout, goodsIn } = await shopOn(DB);
    equal(level(await goodsIn()), [5, true]);
    await trappedIn(checkout);
    equal(level(await goodsIn()), [5, false]);
  },
  async 'an operation under way ends as if the process had, and is taken up again'({ DB }) {
    let spoiled;
    const batch = async (statements) => {
      const answers = await DB.batch(statements);
      const checkout = spoiled;
      spoiled = undefined;
      if (checkout) await trappedIn(checkout);
      return answers;
    };
    const { checkout, goodsIn } = await shopOn({ prepare: (sql) => DB.prepare(sql), batch });
    spoiled = checkout;
    equal((await goodsIn().catch((error) => error)).code, 'internal');
    equal(level(await goodsIn()), [5, true]);
  },
};

export const lostConnections = {
  async 'a batch whose answer was lost is looked for, and not made twice'({ DB }) {
    const d1 = flaky(DB);
    const { goodsIn } = await shopOn(d1);
    d1.ran.length = 0;
    d1.plan = [undefined, 'after'];
    equal(level(await goodsIn()), [5, true]);
    equal(d1.ran, ['SELECT', 'INSERT lost after', 'SELECT']);
    equal(level(await goodsIn()), [5, false]);
  },
  async 'a batch that never came to D1 is looked for, and made again'({ DB }) {
    const d1 = flaky(DB);
    const { goodsIn } = await shopOn(d1);
    d1.ran.length = 0;
    d1.plan = [undefined, 'before'];
    equal(level(await goodsIn()), [5, true]);
    equal(d1.ran, ['SELECT', 'INSERT lost before', 'SELECT', 'SELECT', 'INSERT']);
    equal(level(await goodsIn()), [5, false]);
  },
  async 'where nobody can be asked the caller is told, and the same call finds what was made'({
    DB,
  }) {
    const d1 = flaky(DB);
    const { goodsIn } = await shopOn(d1);
    d1.plan = [undefined, 'after', ...Array(20).fill('before')];
    const error = await goodsIn().catch((error) => error);
    equal([error.code, error.retryable], ['store_busy', true]);
    d1.plan = [];
    equal(level(await goodsIn()), [5, false]);
  },
  async 'a load whose answer was lost is read again'({ DB }) {
    const d1 = flaky(DB);
    const { goodsIn } = await shopOn(d1);
    d1.ran.length = 0;
    d1.plan = ['after', 'before'];
    equal(level(await goodsIn()), [5, true]);
    equal(d1.ran, ['SELECT lost after', 'SELECT lost before', 'SELECT', 'INSERT']);
  },
};

export const operatorsCalls = {
  async 'what operators ask for says what to import where it is not there'({ DB }) {
    const { checkout } = await shopOn(DB);
    for (const ask of [
      () => checkout.explainOrder('o'),
      () => checkout.export(),
      () => checkout.eraseCustomer('c'),
    ]) {
      const error = await ask().catch((error) => error);
      equal([error.code, error.retryable], ['invalid_configuration', false]);
      equal(error.message.includes('coinpay-embed/operators'), true);
    }
  },
  async 'where it is passed it answers, from the same database'({ DB }) {
    const { checkout, goodsIn } = await shopOn(DB, { operators });
    await goodsIn();
    const { stock } = await checkout.export();
    equal(
      stock.some(({ onHand }) => onHand === 5),
      true,
    );
    equal(await checkout.eraseCustomer('nobody'), { more: false, orders: 0 });
    const error = await checkout.explainOrder('none').catch((error) => error);
    equal(error.code, 'not_found');
  },
};

export async function runCases(cases, env) {
  const failures = [];
  for (const [name, run] of Object.entries(cases)) {
    await run(env).catch((error) => failures.push(`${name}: ${error.stack ?? error}`));
  }
  return { executed: Object.keys(cases).length, failures };
}
