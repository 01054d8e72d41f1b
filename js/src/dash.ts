// The operator's view, behind the shop's own login.
import { openDesk } from '#desk';
import { freshNonce } from './bytes.js';
import type { Checkout } from './checkout.js';
import { CoinPayError } from './errors.js';
import { expressOver, type ExpressHandler, type ExpressRequest } from './express.js';
import { fastifyOver, type FastifyInstance, type FastifyRequest } from './fastify.js';
import { fetchOver } from './fetch.js';
import type { Answers, Incoming, Outgoing } from './routes.js';

export type { ExpressHandler, ExpressRequest, ExpressResponse } from './express.js';
export type { FastifyInstance, FastifyReply, FastifyRequest } from './fastify.js';
export type { BodyStream, Headers, NodeRequest } from './node-request.js';

/** What the shop says of its operators; `Native` is the framework's own request. */
export interface DashOptions<Native> {
  /**
   * Who asks, by the shop's own login: the name that is written into the log of what they decide.
   * `null` where nobody is logged in, or somebody who may not look: they are answered 403, and are
   * shown nothing.
   */
  actor(request: Native): Promise<string | null | undefined> | string | null | undefined;
  /**
   * At least 32 characters that nobody can guess, the same in every process. What makes forms of
   * other sites worthless is made of it.
   */
  secret: string;
  /**
   * Lets Prometheus in without a login, to `/metrics` and nothing else, by `Authorization: Bearer`.
   * At least 32 characters.
   */
  metricsToken?: string;
  /** What stands before the pages, such as `/admin/coinpay`, unless the framework says it. */
  basePath?: string;
}

/** Far more than any form of ours. */
const MOST_BYTES = 64 * 1024;
const LEAST_CHARACTERS = 32;

class Dash<Native> implements Answers<Native> {
  readonly #base: string;

  constructor(
    private readonly checkout: Checkout,
    private readonly options: DashOptions<Native>,
  ) {
    const { actor, secret, metricsToken } = options;
    if (typeof actor !== 'function') throw misset('actor', 'is a function that says who asks');
    checkLength('secret', secret);
    if (metricsToken !== undefined) checkLength('metricsToken', metricsToken);
    this.#base = baseOf(options);
  }

  async answer(incoming: Incoming<Native>): Promise<Outgoing | null> {
    const { pathname, search } = new URL(incoming.url, 'http://localhost');
    const base = this.#base;
    if (pathname !== base && !pathname.startsWith(`${base}/`)) return null;
    const path = pathname.slice(base.length) || '/';
    const { method } = incoming;
    const reads = method === 'GET' || method === 'HEAD';
    const actor = await this.#actor(incoming, reads && path === '/metrics');
    if (actor === null || (!reads && isOfAnotherSite(incoming))) return FORBIDDEN;
    const form = method === 'POST' ? await formOf(incoming) : '';
    if (form === null) return plain(413, 'The form is too large.');
    const request = {
      method,
      path,
      query: search.slice(1),
      form,
      base: `${incoming.mount}${base}`,
      actor,
      csrf: await hmac(this.options.secret, `form of ${actor}`),
      nonce: freshNonce(),
    };
    const { httpStatus, headers, body } = await this.checkout.dash(request, openDesk);
    return { status: httpStatus, headers: Object.fromEntries(headers), body };
  }

  async #actor(incoming: Incoming<Native>, isMetrics: boolean): Promise<string | null> {
    if (isMetrics && (await this.#hasToken(incoming))) return 'metrics';
    const actor = await this.options.actor(incoming.native);
    return typeof actor === 'string' && actor.trim() !== '' ? actor : null;
  }

  async #hasToken(incoming: Incoming<Native>): Promise<boolean> {
    const { secret, metricsToken } = this.options;
    const sent = /^Bearer (.+)$/i.exec(incoming.header('authorization') ?? '')?.[1];
    if (metricsToken === undefined || sent === undefined) return false;
    // How long it takes to compare these tells nothing of the token.
    return (await hmac(secret, `token ${sent}`)) === (await hmac(secret, `token ${metricsToken}`));
  }
}

/**
 * The operator's view as one `Request → Response`, for Workers, Deno, Bun, Hono and Next.js:
 * everything under `basePath`.
 */
export function fetchDash(
  checkout: Checkout,
  options: DashOptions<Request>,
): (request: Request) => Promise<Response> {
  return fetchOver(new Dash(checkout, options));
}

/** The operator's view for Express 4 and 5: `app.use('/admin/coinpay', expressDash(…))`. */
export function expressDash<Native extends ExpressRequest = ExpressRequest>(
  checkout: Checkout,
  options: DashOptions<Native>,
): ExpressHandler<Native> {
  return expressOver(new Dash(checkout, options));
}

/**
 * The operator's view as a plugin for Fastify 4 and 5:
 * `app.register(fastifyDash(…), { prefix: '/admin/coinpay' })`.
 */
export function fastifyDash<Native extends FastifyRequest = FastifyRequest>(
  checkout: Checkout,
  options: DashOptions<Native>,
): (instance: FastifyInstance<Native>) => Promise<void> {
  const base = baseOf(options);
  return fastifyOver(new Dash(checkout, options), [base || '/', `${base}/*`]);
}

const baseOf = ({ basePath = '' }: { basePath?: string }) => basePath.replace(/\/+$/, '');

const misset = (name: string, why: string) =>
  new CoinPayError('invalid_configuration', `${name}: ${why}`);

function checkLength(name: string, text: unknown): void {
  if (typeof text === 'string' && text.length >= LEAST_CHARACTERS) return;
  throw misset(name, `has at least ${LEAST_CHARACTERS} characters`);
}

/** Browsers say where a form comes from; the token in it stands in for those that do not. */
function isOfAnotherSite(incoming: Incoming<unknown>): boolean {
  const site = incoming.header('sec-fetch-site');
  return site !== null && site !== 'same-origin' && site !== 'none';
}

/** The form as a browser has sent it, or as it would send what a parser has made of it. */
async function formOf(incoming: Incoming<unknown>): Promise<string | null> {
  const parsed = incoming.parsed?.();
  if (parsed === undefined) {
    const bytes = await incoming.bytes(MOST_BYTES);
    return bytes && new TextDecoder().decode(bytes);
  }
  const fields = Object.entries(parsed as Record<string, unknown>).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  return new URLSearchParams(fields).toString();
}

async function hmac(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ]);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const plain = (status: number, text: string): Outgoing => ({
  status,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  },
  body: `${text}\n`,
});

const FORBIDDEN = plain(403, 'Nobody is logged in who may look at this.');
