import { bytesOf, NOTHING, readBody } from './bytes.js';

/** A request as a flow's step has it. */
export interface CoreRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body?: string;
  auth: 'none' | 'bearer';
  timeout_ms: number;
  max_answer_bytes: number;
}

export interface HttpAnswer {
  status: number;
  headers: [string, string][];
  body: Uint8Array;
}

export type CoreAnswer = HttpAnswer | { fault: 'not_sent' | 'interrupted' | 'too_large' };

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

// Nothing has reached the gateway where the name was not found or nobody listened.
const NOT_SENT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ConnectionRefused']);

/** Sends a request once: no redirects, no retries, the key to its own origin only. */
export async function send(
  fetch: Fetch,
  request: CoreRequest,
  apiKey: string,
  baseUrl: string,
): Promise<CoreAnswer> {
  const headers = new Headers(request.headers);
  if (request.auth === 'bearer') {
    if (new URL(request.url).origin !== new URL(baseUrl).origin) return { fault: 'not_sent' };
    headers.set('authorization', `Bearer ${apiKey}`);
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), request.timeout_ms);
  try {
    const init: RequestInit = {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: abort.signal,
    };
    if (request.body !== undefined) init.body = bytesOf(request.body) as BodyInit;
    const response = await fetch(request.url, init);
    const body = await readBody(response.body, request.max_answer_bytes);
    if (!body) return { fault: 'too_large' };
    return { status: response.status, headers: [...response.headers], body };
  } catch (error) {
    return { fault: wasSent(error) ? 'interrupted' : 'not_sent' };
  } finally {
    clearTimeout(timer);
  }
}

function wasSent(error: unknown): boolean {
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause;
  const code = cause?.code ?? (error as { code?: unknown } | null)?.code;
  return !(typeof code === 'string' && NOT_SENT.has(code));
}

/** The answer as the core's documents have it, with its body beside it. */
export function answerDocument(answer: CoreAnswer): [Record<string, unknown>, Uint8Array] {
  if ('fault' in answer) return [{ answer: 'http_fault', fault: answer.fault }, NOTHING];
  const { status, headers, body } = answer;
  return [{ answer: 'http', status, headers }, body];
}
