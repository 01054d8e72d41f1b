import { readBody } from './bytes.js';
import type { Checkout } from './checkout.js';
import { CoinPayError } from './errors.js';
import type { PageOptions, PayPage } from './page.js';
import type { CheckoutInput, OrderStatus } from './types.js';

/** What a platform hands to a handler beside the request. */
export interface Context {
  waitUntil?(work: Promise<unknown>): void;
}

export interface HandlerOptions {
  /**
   * What a checkout's request is to buy, from the shop's own records: prices in a request are the
   * shopper's. `null` where there is no such cart.
   */
  cart(body: unknown, request: Request): Promise<CheckoutInput | null> | CheckoutInput | null;
  /** Who asks, where the shop has accounts; an order's token works without. */
  customer?(request: Request): Promise<string | undefined> | string | undefined;
  /** What stands before the five routes; empty by default. */
  basePath?: string;
  /** `payPage` of `coinpay-embed/page`; without it there is no `GET /orders/:id/pay`. */
  page?: PayPage;
  pageOptions?: Pick<PageOptions, 'language' | 'shopName' | 'returnUrl'>;
  /** Origins of pages elsewhere that may call this one. */
  origins?: readonly string[];
}

type Handler = (request: Request, context?: Context) => Promise<Response>;

const MOST_BYTES = 256 * 1024;
const ORDER = /^\/orders\/([^/]+)\/(status|pay|qr\.svg)$/;

/**
 * The routes of a shop as one `Request → Response`: `POST /checkout/crypto`,
 * `GET /orders/:id/status`, `GET /orders/:id/pay`, `GET /orders/:id/qr.svg` and
 * `POST /webhooks/coinpay`.
 */
export function fetchHandler(checkout: Checkout, options: HandlerOptions): Handler {
  const routes = new Routes(checkout, options);
  return async (request, context) => {
    const response = await routes.answer(request, context).catch(failed);
    return withOrigin(request, response, options.origins ?? []);
  };
}

class Routes {
  readonly #base: string;

  constructor(
    private readonly checkout: Checkout,
    private readonly options: HandlerOptions,
  ) {
    this.#base = options.basePath ?? '';
  }

  async answer(request: Request, context?: Context): Promise<Response> {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(this.#base)) return notFound();
    const path = url.pathname.slice(this.#base.length);
    if (path === '/webhooks/coinpay') return this.#webhook(request, context);
    if (path === '/checkout/crypto') return this.#create(request, context);
    const [, orderId, view] = ORDER.exec(path) ?? [];
    if (!orderId) return notFound();
    if (request.method !== 'GET' && request.method !== 'HEAD') return wrongMethod('GET');
    const token = url.searchParams.get('token') ?? undefined;
    const status = await this.#status(request, decodeURIComponent(orderId), token);
    if (view === 'status') return json(200, status);
    return view === 'pay' ? this.#page(status, token) : picture(status);
  }

  async #webhook(request: Request, context?: Context): Promise<Response> {
    if (request.method !== 'POST') return wrongMethod('POST');
    const body = await readBody(request.body, MOST_BYTES);
    if (!body) return json(413, { error: 'body_too_large' });
    const signature = request.headers.get('x-coinpay-signature');
    const answer = await this.checkout.handleWebhook(body, signature);
    const headers = new Headers({ 'content-type': 'application/json' });
    if (answer.retryAfterS !== undefined) headers.set('retry-after', String(answer.retryAfterS));
    if (answer.httpStatus === 200) later(this.checkout.runEffects(), context);
    return new Response(answer.body, { status: answer.httpStatus, headers });
  }

  async #create(request: Request, context?: Context): Promise<Response> {
    if (request.method === 'OPTIONS') return new Response(null, { status: 204 });
    if (request.method !== 'POST') return wrongMethod('POST');
    const body = await readBody(request.body, MOST_BYTES);
    if (!body) return json(413, { error: 'body_too_large' });
    const input = await this.options.cart(parsed(body), request);
    if (!input) return json(404, { error: 'not_found' });
    const customerId = await this.options.customer?.(request);
    const owned = customerId === undefined ? input : { customerId, ...input };
    const { outcome, orderId, statusToken, order } = await this.checkout.createCheckout(owned);
    later(this.checkout.runEffects(), context);
    if (!order) return json(409, { outcome, orderId });
    const query = statusToken === undefined ? '' : `?token=${encodeURIComponent(statusToken)}`;
    const view = (name: string) => `${this.#base}/orders/${orderId}/${name}${query}`;
    return json(outcome === 'created' ? 201 : 200, {
      outcome,
      orderId,
      statusToken,
      paymentId: order.payment?.paymentId,
      address: order.payment?.address,
      cryptoAmount: order.payment?.cryptoAmount,
      blockchain: order.payment?.blockchain,
      expiresAt: order.payment?.expiresAtMs
        ? new Date(order.payment.expiresAtMs).toISOString()
        : null,
      uri: order.payment?.uri,
      qrUrl: view('qr.svg'),
      statusUrl: view('status'),
      payUrl: this.options.page ? view('pay') : undefined,
      order,
    });
  }

  async #status(request: Request, orderId: string, statusToken?: string): Promise<OrderStatus> {
    const customerId = await this.options.customer?.(request);
    return this.checkout.orderStatus({
      orderId,
      ...(customerId === undefined ? {} : { customerId }),
      ...(statusToken === undefined ? {} : { statusToken }),
    });
  }

  #page(status: OrderStatus, token?: string): Response {
    const { page, pageOptions } = this.options;
    if (!page) return notFound();
    const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
    const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
    const statusUrl = `${this.#base}/orders/${status.orderId}/status${query}`;
    const { html, contentSecurityPolicy } = page(status, { ...pageOptions, statusUrl, nonce });
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy ?? "default-src 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      },
    });
  }
}

function picture(status: OrderStatus): Response {
  const svg = status.payment?.qrSvg;
  if (!svg) return notFound();
  const headers = { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' };
  return new Response(svg, { headers });
}

/** The answer does not wait; where the platform ends a request's work, it is told of this. */
function later(work: Promise<unknown>, context?: Context): void {
  const done = work.catch((error: unknown) => console.error(error));
  context?.waitUntil?.(done);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    throw new CoinPayError('invalid_input', 'The body is not JSON.');
  }
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });

const notFound = () => json(404, { error: 'not_found' });
const wrongMethod = (allow: string) => json(405, { error: 'invalid_input' }, { allow });

function failed(error: unknown): Response {
  if (!(error instanceof CoinPayError)) {
    console.error(error);
    return json(500, { error: 'internal' });
  }
  const { code, message, httpStatus, retryAfterMs } = error;
  const after = retryAfterMs ?? (error.retryable ? 1_000 : undefined);
  const headers: Record<string, string> =
    after === undefined ? {} : { 'retry-after': String(Math.ceil(after / 1000)) };
  return json(httpStatus, { error: code, message }, headers);
}

function withOrigin(request: Request, response: Response, origins: readonly string[]): Response {
  const origin = request.headers.get('origin');
  if (origin === null || !origins.includes(origin)) return response;
  response.headers.set('access-control-allow-origin', origin);
  response.headers.set('access-control-allow-headers', 'content-type');
  response.headers.set('vary', 'origin');
  return response;
}
