// Runs the shared vectors through the pure calls of one build of the core. Knows nothing of the
// runtime; the files come as parsed documents.

/** All that have to do with the core; the others are the executors' contract. */
export const FILES = [
  'amounts',
  'api_answers',
  'api_requests',
  'decisions',
  'matching',
  'payment_uris',
  'webhook_events',
  'webhook_signatures',
];

const encoder = new TextEncoder();

/**
 * `call(name, args, body)` gives the output or throws an error with its `code`; `verdicts` does so for
 * decisions, where they are not among the calls.
 */
export function runVectors(documents, manifest, call, verdicts = call) {
  const failures = [];
  let executed = 0;
  for (const name of FILES) {
    const file = documents[name];
    let ran = 0;
    for (const one of file.cases) {
      ran += 1;
      const why = judge(argumentsOf(file, one), one, (name, ...rest) =>
        name.startsWith('preview_') ? verdicts(name, ...rest) : call(name, ...rest),
      );
      if (why) failures.push(`${name}: ${one.name}: ${why}`);
    }
    const counted = manifest.files[`${name}.json`];
    if (ran !== counted) failures.push(`${name}: ${ran} cases ran, the manifest says ${counted}`);
    executed += ran;
  }
  return { executed, failures };
}

function judge(asked, one, call) {
  const wanted = one.error ?? one.gives;
  let given;
  try {
    given = call(asked.call, asked, bodyOf(one));
  } catch (error) {
    if (typeof error.code !== 'string') return `threw ${error}`;
    if (one.says && !error.message.includes(one.says)) return `does not say ${one.says}`;
    if (one.hides && error.message.includes(one.hides)) return `says ${one.hides}`;
    given = 'error' in one ? refusalOf(one, error) : `refused: ${error.code}`;
  }
  return same(given, wanted) ? undefined : `is ${show(given)}, not ${show(wanted)}`;
}

/** Where a vector wants more than a code, as much of the error as it names. */
function refusalOf(one, error) {
  if (typeof one.error === 'string') return error.code;
  const known = {
    code: error.code,
    status: error.status,
    retry_after_ms: error.retryAfterMs,
    gateway_code: error.gatewayCode,
    outcome: error.outcome,
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

function argumentsOf(file, one) {
  const { name: _, gives: _1, error: _2, body: _3, ...rest } = one;
  const body = one.call === 'create_payment_with_body' ? { body: one.body } : {};
  return { ...file.every, ...rest, ...body };
}

function bodyOf(one) {
  if (one.body_hex !== undefined) {
    return Uint8Array.from(one.body_hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  }
  if (one.body_repeat) return encoder.encode(one.body_repeat.text.repeat(one.body_repeat.times));
  return encoder.encode(typeof one.body === 'string' ? one.body : '');
}

const show = (value) => JSON.stringify(value)?.slice(0, 300);

/** Whether two documents are equal, whatever the order of their keys. */
export function same(left, right) {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => same(left[key], right[key]))
  );
}
