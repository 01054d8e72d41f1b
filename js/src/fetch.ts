import { readBody } from './bytes.js';
import type { Checkout } from './checkout.js';
import { CoinPayError } from './errors.js';
import { failed, Routes, type Answers, type RouteOptions } from './routes.js';

export type { RouteOptions } from './routes.js';

/** What a platform hands to a handler beside the request. */
export interface Context {
  waitUntil?(work: Promise<unknown>): void;
}

export type HandlerOptions = RouteOptions<Request>;

/**
 * The routes of a shop as one `Request → Response`: `POST /checkout/crypto`,
 * `GET /orders/:id/status`, `GET /orders/:id/pay`, `GET /orders/:id/qr.svg` and
 * `POST /webhooks/coinpay`. For Workers, Deno, Bun, Hono, and route handlers of Next.js.
 */
export function fetchHandler(
  checkout: Checkout,
  options: HandlerOptions,
): (request: Request, context?: Context) => Promise<Response> {
  return fetchOver(new Routes(checkout, options));
}

/** Any answers of ours as one `Request → Response`. @internal */
export function fetchOver(
  answers: Answers<Request>,
): (request: Request, context?: Context) => Promise<Response> {
  return async (request, context) => {
    const { pathname, search } = new URL(request.url);
    const incoming = {
      method: request.method,
      url: `${pathname}${search}`,
      mount: '',
      header: (name: string) => request.headers.get(name),
      bytes: (most: number) => unread(request, most),
      native: request,
    };
    const answer = await answers.answer(incoming).catch(failed);
    if (!answer) return Response.json({ error: 'not_found' }, { status: 404 });
    const { status, headers, body, later } = answer;
    if (later) context?.waitUntil?.(later);
    return new Response(status === 204 ? null : body, { status, headers });
  };
}

async function unread(request: Request, most: number): Promise<Uint8Array | null> {
  if (!request.bodyUsed) return readBody(request.body, most);
  const why = 'The body of this request was read before; hand in the request unread, or a clone.';
  throw new CoinPayError('invalid_configuration', why);
}
