import { CoinPayError } from './errors.js';

const encoder = new TextEncoder();

export const NOTHING = new Uint8Array(0);

/** A body as it came. */
export type Body = string | Uint8Array | ArrayBuffer;

/**
 * A body as it came, as bytes. Text is taken to be what was sent, in UTF-8.
 *
 * @throws {CoinPayError} `invalid_input` for anything else, such as a body that was parsed
 */
export function bytesOf(body: Body): Uint8Array {
  if (typeof body === 'string') return encoder.encode(body);
  if (body instanceof Uint8Array) return body;
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body as ArrayBufferView;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  // An ArrayBuffer of another realm is none of this one's.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body);
  const why = 'payload: is not text or bytes; pass the raw body, not what a parser made of it';
  throw new CoinPayError('invalid_input', why);
}

/** What a page's policy names its own style and script by, made anew for each answer. */
export const freshNonce = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));

/** At most `most` bytes of a stream; `null` where there are more. */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Uint8Array | null> {
  if (!stream) return NOTHING;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      return null;
    }
    chunks.push(value);
  }
  return joined(chunks, length);
}

/** All of the chunks, which together have so many bytes. */
export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
