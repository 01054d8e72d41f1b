// Reads a webhook whose envelope is as plain as the gateway writes it. Whatever is not plain is
// left to the core, so that both give the same answer to the same bytes.

export interface Envelope {
  id: string;
  type: string;
  data: Record<string, unknown>;
  createdAt: Date;
  businessId: string;
}

/** No id or type of the gateway's comes near this; the core takes four times as many bytes. */
const MOST = 128;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;
/** Fewer brackets than this are not nested deeper than the core reads. */
const BRACKETS = 100;

/** What stands for bytes that are no text. */
const NO_TEXT = '\ufffd';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The envelope with its data as it came, or `null` where the core has to say what it is. */
export function plainEnvelope(body: string | Uint8Array): Envelope | null {
  let raw: unknown;
  try {
    const text = typeof body === 'string' ? body : textOf(body);
    // Half a character is no JSON for the core.
    if (text.includes('\\u') || text.includes(NO_TEXT) || !isWhole(text)) return null;
    if (brackets(text, '{') + brackets(text, '[') > BRACKETS) return null;
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(raw)) return null;
  const { id, type, data, created_at: createdAt, business_id: businessId } = raw;
  if (!isName(id) || !isName(type) || !isName(businessId)) return null;
  if (typeof createdAt !== 'string' || !isObject(data)) return null;
  const time = timeOf(createdAt);
  return time ? { id, type, data, createdAt: time, businessId } : null;
}

/** Engines read the form more slowly, and take the 30th of February for a day in March. */
function timeOf(text: string): Date | null {
  if (!TIME.test(text)) return null;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5) - 1;
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const part = text.length === LONGEST ? two(text, 20) * 10 + digit(text, 22) : shorter(text);
  const time = new Date(Date.UTC(year, month, day, hour, minute, second, part));
  // What is beyond its measure, the one above it has counted.
  const isReal = time.getUTCDate() === day && time.getUTCMonth() === month && year > 99;
  return isReal && hour < 24 && minute < 60 && second < 60 ? time : null;
}

/** With milliseconds, as the gateway writes it. */
const LONGEST = '2026-11-30T11:45:35.000Z'.length;
const SECONDS_END = '2026-11-30T11:45:35'.length;
/** Milliseconds, of fewer digits than three. */
const shorter = (text: string) => Math.round(Number(`0${text.slice(SECONDS_END, -1)}`) * 1000);

const digit = (text: string, at: number) => text.charCodeAt(at) - 48;
const two = (text: string, at: number) => digit(text, at) * 10 + digit(text, at + 1);

/** Where it is there, Node's own class is the quicker one. */
function textOf(body: Uint8Array): string {
  const { Buffer: Own } = globalThis;
  return Own && body instanceof Own ? body.toString() : decoder.decode(body);
}

/** Newer than the library's types. */
const isWhole = (text: string) => (text as unknown as { isWellFormed(): boolean }).isWellFormed();

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MOST;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How many of these there are, in texts too, as far as that matters. */
function brackets(text: string, bracket: string): number {
  let count = 0;
  for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
    count += 1;
    if (count > BRACKETS) break;
  }
  return count;
}
