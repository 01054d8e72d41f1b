import { freshNonce } from './bytes.js';
import type { Checkout } from './checkout.js';
import { CoinPayError, isCoinPayError } from './errors.js';
import type { PageOptions, PayPage } from './page.js';
import type { CheckoutInput, CheckoutResult, OrderStatus } from './types.js';

/** What the routes of every framework are told; `Native` is the framework's own request. */
export interface RouteOptions<Native> {
  /**
   * What a checkout's request is to buy, from the shop's own records: prices in a request are the
   * shopper's. `null` where there is no such cart.
   */
  cart(
    body: unknown,
    request: Native,
  ): Promise<CheckoutInput | null | undefined> | CheckoutInput | null | undefined;
  /** Who asks, where the shop has accounts; an order's token works without. */
  customer?(request: Native): Promise<string | undefined> | string | undefined;
  /** What stands before the five routes; empty by default. */
  basePath?: string;
  /** `payPage` of `coinpay-embed/page`; without it there is no `GET /orders/:id/pay`. */
  page?: PayPage;
  pageOptions?: Pick<PageOptions, 'language' | 'shopName' | 'returnUrl'>;
  /** Origins of pages elsewhere that may call this one. */
  origins?: readonly string[];
}

/** A request, as far as the routes look at it. */
export interface Incoming<Native> {
  method: string;
  /** Path and query, behind whatever the routes are mounted under. */
  url: string;
  /** What they are mounted under, for links. */
  mount: string;
  header(name: string): string | null;
  /** The body as it came; `null` where it has more bytes than this. */
  bytes(most: number): Promise<Uint8Array | null>;
  /** The body as a document, where the framework has parsed it before. */
  parsed?(): unknown;
  native: Native;
}

export interface Outgoing {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Goes on after the answer; where the platform ends a request's work, it is told of this. */
  later?: Promise<unknown>;
}

/** Whatever answers requests, whichever framework they come by. */
export interface Answers<Native> {
  /** `null` where nothing of it was asked for. */
  answer(incoming: Incoming<Native>): Promise<Outgoing | null>;
}

type Name = 'create' | 'webhook' | 'status' | 'pay' | 'qr';

interface Route {
  readonly name: Name;
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** Every route there is; `:id` is an order's. */
export const ROUTES: readonly Route[] = [
  { name: 'create', method: 'POST', path: '/checkout/crypto' },
  { name: 'status', method: 'GET', path: '/orders/:id/status' },
  { name: 'pay', method: 'GET', path: '/orders/:id/pay' },
  { name: 'qr', method: 'GET', path: '/orders/:id/qr.svg' },
  { name: 'webhook', method: 'POST', path: '/webhooks/coinpay' },
];

const PATTERNS = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(':id', '([^/]+)')}$`),
}));

const MOST_BYTES = 256 * 1024;

/** What the routes answer, whichever framework asks. */
export class Routes<Native> implements Answers<Native> {
  readonly #base: string;
  #sideWork: Promise<unknown> | undefined;
  #later: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly checkout: Checkout,
    private readonly options: RouteOptions<Native>,
  ) {
    this.#base = options.basePath ?? '';
  }

  /** `null` where no route of ours was asked for. Throws what the shop's own functions throw. */
  async answer(incoming: Incoming<Native>): Promise<Outgoing | null> {
    const url = new URL(incoming.url, 'http://localhost');
    const found = this.#find(url.pathname);
    if (!found) return null;
    const { route, orderId } = found;
    const link = `${incoming.mount}${this.#base}`;
    const token = url.searchParams.get('token') ?? undefined;
    const answer = await this.#run(route, incoming, { link, orderId, token }).catch(refusal);
    return this.#withOrigin(incoming, answer);
  }

  #find(path: string): { route: Route; orderId: string } | null {
    if (!path.startsWith(this.#base)) return null;
    const own = path.slice(this.#base.length);
    for (const { route, pattern } of PATTERNS) {
      const match = pattern.exec(own);
      if (match) return { route, orderId: decoded(match[1] ?? '') };
    }
    return null;
  }

  async #run(route: Route, incoming: Incoming<Native>, asked: Asked): Promise<Outgoing> {
    const { method } = incoming;
    if (route.name === 'create' && method === 'OPTIONS') return text(204, '');
    const reads = route.method === 'GET' && method === 'HEAD';
    if (method !== route.method && !reads) {
      return json(405, { error: 'invalid_input' }, { allow: route.method });
    }
    if (route.name === 'create') return this.#create(incoming, asked.link);
    if (route.name === 'webhook') return this.#webhook(incoming);
    const status = await this.#status(incoming, asked);
    if (route.name === 'status') return json(200, status);
    return route.name === 'pay' ? this.#page(status, asked) : picture(status);
  }

  async #webhook(incoming: Incoming<Native>): Promise<Outgoing> {
    const body = await incoming.bytes(MOST_BYTES);
    if (!body) return tooLarge();
    const signature = incoming.header('x-coinpay-signature');
    const answer = await this.checkout.handleWebhook(body, signature);
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (answer.retryAfterS !== undefined) headers['retry-after'] = String(answer.retryAfterS);
    const outgoing = { status: answer.httpStatus, headers, body: answer.body };
    return answer.httpStatus === 200 ? this.#withEffects(outgoing) : outgoing;
  }

  async #create(incoming: Incoming<Native>, link: string): Promise<Outgoing> {
    let document = incoming.parsed?.();
    if (document === undefined) {
      const body = await incoming.bytes(MOST_BYTES);
      if (!body) return tooLarge();
      document = parsed(body);
    }
    const input = await this.options.cart(document, incoming.native);
    if (!input) return notFound();
    const customerId = await this.options.customer?.(incoming.native);
    const owned = customerId === undefined ? input : { customerId, ...input };
    const result = await this.checkout.createCheckout(owned);
    return this.#withEffects(opened(result, link, this.options.page !== undefined));
  }

  async #status(incoming: Incoming<Native>, asked: Asked): Promise<OrderStatus> {
    const { orderId, token } = asked;
    const customerId = await this.options.customer?.(incoming.native);
    return this.checkout.orderStatus({
      orderId,
      ...(customerId === undefined ? {} : { customerId }),
      ...(token === undefined ? {} : { statusToken: token }),
    });
  }

  #page(status: OrderStatus, { link, token }: Asked): Outgoing {
    const { page, pageOptions } = this.options;
    if (!page) return notFound();
    const nonce = freshNonce();
    const statusUrl = view(link, status.orderId, 'status', token);
    const { html, contentSecurityPolicy } = page(status, { ...pageOptions, statusUrl, nonce });
    return text(200, html, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy ?? "default-src 'none'",
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  }

  #withEffects(outgoing: Outgoing): Outgoing {
    const run = this.checkout.runEffects();
    // Many webhooks share one.
    if (run !== this.#sideWork) {
      this.#sideWork = run;
      this.#later = run.catch((error: unknown) => console.error(error));
    }
    return { ...outgoing, later: this.#later };
  }

  #withOrigin(incoming: Incoming<Native>, outgoing: Outgoing): Outgoing {
    const origin = incoming.header('origin');
    if (origin === null || !this.options.origins?.includes(origin)) return outgoing;
    const allowed = {
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'content-type',
      vary: 'origin',
    };
    return { ...outgoing, headers: { ...outgoing.headers, ...allowed } };
  }
}

interface Asked {
  link: string;
  orderId: string;
  token: string | undefined;
}

/** What a checkout is answered with: the fields of the seed's own route, and the whole order. */
function opened(result: CheckoutResult, link: string, hasPage: boolean): Outgoing {
  const { outcome, orderId, statusToken, order } = result;
  // The cart's key is taken by an order of other contents: the shopper must not pay that one.
  if (!order || outcome.startsWith('exists_with_different')) {
    return json(409, { error: outcome, outcome, orderId });
  }
  const { payment } = order;
  const at = (name: string) => view(link, orderId, name, statusToken);
  return json(outcome === 'created' ? 201 : 200, {
    outcome,
    orderId,
    statusToken,
    paymentId: payment?.paymentId,
    address: payment?.address,
    cryptoAmount: payment?.cryptoAmount,
    blockchain: payment?.blockchain,
    expiresAt: payment?.expiresAtMs ? new Date(payment.expiresAtMs).toISOString() : null,
    uri: payment?.uri,
    qrUrl: at('qr.svg'),
    statusUrl: at('status'),
    payUrl: hasPage ? at('pay') : undefined,
    order,
  });
}

const view = (link: string, orderId: string, name: string, token: string | undefined) =>
  `${link}/orders/${orderId}/${name}${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`;

function picture(status: OrderStatus): Outgoing {
  const svg = status.payment?.qrSvg;
  return svg ? text(200, svg, { 'content-type': 'image/svg+xml' }) : notFound();
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not the id of any order, as it stands.
    return segment;
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    throw new CoinPayError('invalid_input', 'The body is not JSON.');
  }
}

/** The answer to what the core refused; anything else is the shop's own. */
function refusal(error: unknown): Outgoing {
  if (!isCoinPayError(error)) throw error;
  const { code, message, httpStatus, retryAfterMs } = error;
  if (httpStatus >= 500 && !error.retryable) console.error(error);
  const after = retryAfterMs ?? (error.retryable ? 1_000 : undefined);
  const headers: Record<string, string> =
    after === undefined ? {} : { 'retry-after': String(Math.ceil(after / 1000)) };
  return json(httpStatus, { error: code, message }, headers);
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Outgoing => ({
  status,
  headers: { 'cache-control': 'no-store', ...headers },
  body,
});

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Outgoing =>
  text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

const tooLarge = () => json(413, { error: 'body_too_large' });
const notFound = () => json(404, { error: 'not_found' });

/** Where a framework has nobody else to tell what the shop's own functions threw. */
export function failed(error: unknown): Outgoing {
  console.error(error);
  return json(500, { error: 'internal' });
}
