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
  if (typeof createdAt !== 'string' || !TIME.test(createdAt)) return null;
  const time = new Date(createdAt);
  if (Number.isNaN(time.getTime()) || !isObject(data)) return null;
  return { id, type, data, createdAt: time, businessId };
}

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
