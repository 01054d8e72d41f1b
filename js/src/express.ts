import type { Checkout } from './checkout.js';
import { headerOf, parsedBody, rawBody, type NodeRequest } from './node-request.js';
import { Routes, type Answers, type Outgoing, type RouteOptions } from './routes.js';

export type { BodyStream, Headers, NodeRequest } from './node-request.js';
export type { RouteOptions } from './routes.js';

/** What is used of a request of Express, Connect, or Node itself. */
export interface ExpressRequest extends NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  /** What this handler is mounted under. */
  baseUrl?: string;
}

export interface ExpressResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

export type ExpressHandler<Native> = (
  request: Native,
  response: ExpressResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

const NO_ROUTE: Outgoing = { status: 404, headers: {}, body: '' };

/**
 * The routes of a shop as one handler for Express 4 and 5: `app.use(expressHandler(…))`. What is
 * no route of ours goes on to the next handler, and so does what the shop's own functions throw.
 *
 * Mount it before `express.json()`: it reads the bodies of its own routes by itself.
 */
export function expressHandler<Native extends ExpressRequest = ExpressRequest>(
  checkout: Checkout,
  options: RouteOptions<Native>,
): ExpressHandler<Native> {
  return expressOver(new Routes(checkout, options));
}

/** Any answers of ours as one handler. @internal */
export function expressOver<Native extends ExpressRequest>(
  answers: Answers<Native>,
): ExpressHandler<Native> {
  return async (request, response, next) => {
    const incoming = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      mount: request.baseUrl ?? '',
      header: (name: string) => headerOf(request.headers, name),
      bytes: (most: number) => rawBody(request, most),
      parsed: () => parsedBody(request),
      native: request,
    };
    try {
      const found = await answers.answer(incoming);
      if (!found && next) return next();
      const { status, headers, body } = found ?? NO_ROUTE;
      response.writeHead(status, headers);
      response.end(body);
    } catch (error) {
      if (!next) throw error;
      next(error);
    }
  };
}
