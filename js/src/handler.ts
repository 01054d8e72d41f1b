import { bytesOf } from './bytes.js';
import { CoinPayError } from './errors.js';
import type { WebhookPayload } from './webhook.js';
import { webhooksOver } from './webhook.js';

/** What is used of an Express-like request. */
export interface IncomingRequest {
  headers: Record<string, string | string[] | undefined>;
  /** Bytes by `express.raw()`, text, or what a parser made of it, which cannot be verified. */
  body?: unknown;
  rawBody?: string | Uint8Array;
}

export interface OutgoingResponse {
  status(code: number): { json(body: unknown): unknown };
}

const MOST_BYTES = 256 * 1024;

/** `createWebhookHandler` over the calls of one backend. */
export function handlerOver(calls: ReturnType<typeof webhooksOver>) {
  /** An Express handler that answers 401 to what the gateway did not sign. */
  return function createWebhookHandler(options: {
    secret: string | readonly string[];
    onEvent: (event: WebhookPayload) => unknown;
    onError?: (error: unknown) => void;
  }) {
    return async (request: IncomingRequest, response: OutgoingResponse): Promise<void> => {
      try {
        const body = rawBody(request);
        if (body.byteLength > MOST_BYTES) throw new CoinPayError('body_too_large');
        const header = request.headers['x-coinpay-signature'];
        const signature = Array.isArray(header) ? header.join(',') : header;
        calls.verifyWebhook({ payload: body, signature, secret: options.secret });
        await options.onEvent(calls.parseWebhookPayload(body));
        response.status(200).json({ received: true });
      } catch (error) {
        options.onError?.(error);
        const known = error instanceof CoinPayError;
        const refused = known && error.httpStatus < 500 && error.httpStatus !== 200;
        if (known && error.code === 'webhook_unreadable') {
          response.status(200).json({ received: true });
        } else if (refused) {
          response.status(error.httpStatus).json({ error: error.code });
        } else {
          response.status(500).json({ error: known ? error.code : 'internal' });
        }
      }
    };
  };
}

function rawBody(request: IncomingRequest): Uint8Array {
  const raw = request.rawBody ?? request.body;
  if (typeof raw === 'string' || raw instanceof Uint8Array) return bytesOf(raw);
  throw new CoinPayError(
    'invalid_configuration',
    'The raw body is not there; mount express.raw() on this route, before express.json().',
  );
}
