// Requests of Node's `http`, and of what frameworks make of them: whose bytes a signature is over.
import { bytesOf, joined } from './bytes.js';
import { CoinPayError } from './errors.js';

export type Headers = Record<string, string | string[] | undefined>;

/** What is used of a stream of a body. */
export interface BodyStream {
  // As Node's own types have it: what an event brings depends on its name.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown;
  resume(): unknown;
  /** Whether somebody has read something of it. */
  readonly readableDidRead?: boolean;
  /** Whether it has come to its end, which it says once. */
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
}

/** What is used of a request; a framework's has more. */
export interface NodeRequest extends Partial<BodyStream> {
  headers: Headers;
  /** Bytes by `express.raw()`, text by `express.text()`, or what another parser made of it. */
  body?: unknown;
  /** The bytes, where the platform or the shop keeps them beside what a parser made of them. */
  rawBody?: unknown;
}

const HOW =
  "Something before this route has read the request's body, and what was signed are its bytes. " +
  'Mount this route before express.json() and the like; or keep the bytes, with ' +
  'express.json({ verify: (req, _res, bytes) => { req.rawBody = bytes } }).';

/**
 * The body as it came, from wherever it still is; `null` where it has more bytes than `most`.
 *
 * @throws {CoinPayError} `invalid_configuration` where only a document is left of it
 */
export async function rawBody(request: NodeRequest, most: number): Promise<Uint8Array | null> {
  const kept = keptBody(request);
  if (kept) return kept.byteLength > most ? null : kept;
  if (isUnread(request)) return readStream(request, request.headers, most);
  throw new CoinPayError('invalid_configuration', HOW);
}

/** The body as a document, where a parser has made one of it and nothing else is left. */
export function parsedBody(request: NodeRequest): unknown {
  if (keptBody(request) || isUnread(request)) return undefined;
  const { body } = request;
  return typeof body === 'object' && body !== null ? body : undefined;
}

function keptBody({ rawBody, body }: NodeRequest): Uint8Array | null {
  for (const kept of [rawBody, body]) {
    if (typeof kept === 'string' || kept instanceof Uint8Array) return bytesOf(kept);
  }
  return null;
}

const isUnread = (request: NodeRequest): request is NodeRequest & BodyStream =>
  isStream(request) && request.readableDidRead !== true;

export const isStream = (value: unknown): value is BodyStream =>
  typeof value === 'object' && value !== null && 'on' in value && 'resume' in value;

/** All that comes; `null` where it has more bytes than `most`, or says that it will. */
export function readStream(
  stream: BodyStream,
  headers: Headers,
  most: number,
): Promise<Uint8Array | null> {
  if (Number(headers['content-length']) > most) {
    stream.resume();
    return Promise.resolve(null);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const hear = (chunk: Uint8Array | string) => {
      const bytes = bytesOf(chunk);
      length += bytes.byteLength;
      // What is still on its way is let through unread, so that the answer arrives.
      if (length > most) resolve(null);
      else chunks.push(bytes);
    };
    let isOver = false;
    const end = () => {
      isOver = true;
      resolve(joined(chunks, length));
    };
    // Every stream closes in the end, and an error costs a trace of the stack.
    const fail = () => {
      if (isOver) return;
      reject(new CoinPayError('invalid_input', 'The body ended before it was complete.'));
    };
    if (stream.readableEnded) return end();
    if (stream.destroyed) return fail();
    stream.on('data', hear);
    stream.on('end', end);
    stream.on('error', fail);
    stream.on('close', fail);
  });
}

/** A header's value; several of one name as HTTP would join them. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? null);
}
