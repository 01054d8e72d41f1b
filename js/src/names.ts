// Documents of the core say `payment_id`, TypeScript says `paymentId`. What is the shop's own
// goes through as it is.
const OPAQUE = new Set(['metadata', 'customer', 'result']);
/** Objects whose keys are data: statuses and states with their counts. */
const COUNTS = new Set(['orders', 'effects', 'webhooks_refused']);

/** More than there are names in the core's documents. */
const MOST_NAMES = 1_000;
const known = new Map<string, string>();

function camel(key: string): string {
  const before = known.get(key);
  if (before !== undefined) return before;
  const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (known.size < MOST_NAMES) known.set(key, name);
  return name;
}

const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const fromCore = <T>(document: unknown): T => renamed(document, camel) as T;
export const toCore = (input: unknown): unknown => renamed(input, snake);

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isData = OPAQUE.has(key) || (COUNTS.has(key) && !Array.isArray(inner));
      return [rename(key), isData ? inner : renamed(inner, rename)];
    }),
  );
}
