import { bytesOf } from './bytes.js';
import { CoinPayError } from './errors.js';
import { headerOf, parsedBody, rawBody, type NodeRequest } from './node-request.js';
import type { WebhookPayload } from './webhook.js';
import { webhooksOver } from './webhook.js';

/**
 * What is used of a request of Express, Connect, or Node itself. Its body is the stream, bytes by
 * `express.raw()`, text by `express.text()`, or bytes that the shop keeps in `rawBody`.
 */
export type IncomingRequest = NodeRequest;

/** What is used of a response: Express's two calls, or else Node's own. */
export type OutgoingResponse =
  | { status(code: number): { json(body: unknown): unknown } }
  | {
      writeHead(status: number, headers: Record<string, string>): unknown;
      end(body: string): unknown;
    };

export interface WebhookHandlerOptions {
  /** One secret, or several while one is being replaced. */
  secret: string | readonly string[];
  /** What it throws has the gateway send the event again. */
  onEvent: (event: WebhookPayload) => unknown;
  /** Hears of everything that was not taken, also of forgeries, by its code. */
  onError?: (error: unknown) => void;
}

const MOST_BYTES = 256 * 1024;

/** `createWebhookHandler` over the calls of one backend. */
export function handlerOver(calls: ReturnType<typeof webhooksOver>) {
  /** An Express handler that answers 401 to what the gateway did not sign. */
  return function createWebhookHandler(
    options: WebhookHandlerOptions,
  ): (request: IncomingRequest, response: OutgoingResponse) => Promise<void> {
    const { secret, onEvent, onError } = options;
    return async (request, response) => {
      let event: WebhookPayload;
      try {
        event = verified(calls, await bodyOf(request), request, secret);
      } catch (error) {
        onError?.(error);
        return answer(response, ...refusal(error));
      }
      try {
        await onEvent(event);
      } catch (error) {
        onError?.(error);
        return answer(response, 500, { error: 'internal' });
      }
      answer(response, 200, { received: true });
    };
  };
}

interface RequestBody {
  bytes: Uint8Array;
  /** A document was left of the body, and these are the bytes that it would be written as. */
  rewritten: boolean;
}

async function bodyOf(request: IncomingRequest): Promise<RequestBody> {
  const document = parsedBody(request);
  // The gateway writes its bodies in JavaScript: written again here, they are mostly the same
  // bytes. If they are not, no signature fits them.
  if (document !== undefined) return { bytes: bytesOf(JSON.stringify(document)), rewritten: true };
  const bytes = await rawBody(request, MOST_BYTES);
  if (!bytes) throw new CoinPayError('body_too_large');
  return { bytes, rewritten: false };
}

function verified(
  calls: ReturnType<typeof webhooksOver>,
  { bytes, rewritten }: RequestBody,
  request: IncomingRequest,
  secret: string | readonly string[],
): WebhookPayload {
  const signature = headerOf(request.headers, 'x-coinpay-signature');
  try {
    calls.verifyWebhook({ payload: bytes, signature, secret });
  } catch (error) {
    const isWrong = error instanceof CoinPayError && error.code === 'signature_wrong';
    if (!rewritten || !isWrong) throw error;
    const why =
      'The body was parsed before this route, and its bytes are gone, which are what was signed. ' +
      'Give this route express.raw({ type: "*/*" }), and mount it before express.json().';
    throw new CoinPayError('signature_wrong', why, { cause: error });
  }
  return calls.parseWebhookPayload(bytes);
}

/** What the gateway is told: no more than a code. */
function refusal(error: unknown): [number, Record<string, unknown>] {
  if (!(error instanceof CoinPayError)) return [500, { error: 'internal' }];
  // It is authentic, and would be no more readable the next time.
  if (error.code === 'webhook_unreadable') return [200, { received: true }];
  return [error.httpStatus, { error: error.code }];
}

function answer(response: OutgoingResponse, status: number, body: Record<string, unknown>): void {
  if ('status' in response) {
    response.status(status).json(body);
  } else {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }
}
