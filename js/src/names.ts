// Documents of the core say `payment_id`, TypeScript says `paymentId`. What is the shop's own
// goes through as it is.
const OPAQUE = new Set(['metadata', 'customer', 'result']);
/** Objects whose keys are data: statuses and states with their counts. */
const COUNTS = new Set(['orders', 'effects', 'webhooks_refused']);

/** More than there are names in the core's documents. */
const MOST_NAMES = 1_000;

const camel = remembered((key) =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
);
const snake = remembered((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

function remembered(rename: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const name = rename(key);
    if (known.size < MOST_NAMES) known.set(key, name);
    return name;
  };
}

export const fromCore = <T>(document: unknown): T => renamed(document, camel) as T;
export const toCore = (input: unknown): unknown => renamed(input, snake);

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (value === null || typeof value !== 'object') return value;
  const document: Record<string, unknown> = {};
  // Every operation comes by here twice: entries of their own would be as much work again.
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key];
    const isData = OPAQUE.has(key) || (COUNTS.has(key) && !Array.isArray(inner));
    const name = rename(key);
    const kept = isData ? inner : renamed(inner, rename);
    if (name === '__proto__') Object.defineProperty(document, name, { ...PLAIN, value: kept });
    else document[name] = kept;
  }
  return document;
}

/** As an assignment would make it, for the one name to which nothing can be assigned. */
const PLAIN = { configurable: true, enumerable: true, writable: true };
