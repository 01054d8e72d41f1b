import { NOTHING } from './bytes.js';
import type { Checkout } from './checkout.js';
import { headerOf, isStream, readStream, type Headers } from './node-request.js';
import { ROUTES, Routes, type Answers, type RouteOptions } from './routes.js';

export type { Headers } from './node-request.js';
export type { RouteOptions } from './routes.js';

/** What is used of a request of Fastify's. */
export interface FastifyRequest {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

export interface FastifyReply {
  code(status: number): FastifyReply;
  headers(headers: Record<string, string>): FastifyReply;
  send(body: string): FastifyReply;
}

/** What is used of an instance of Fastify 4 or 5. */
export interface FastifyInstance<Native> {
  readonly prefix: string;
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: '*',
    parser: (request: Native, payload: unknown, done: (error: null, body: unknown) => void) => void,
  ): unknown;
  all(path: string, handler: (request: Native, reply: FastifyReply) => Promise<unknown>): unknown;
}

/**
 * The routes of a shop as a plugin for Fastify 4 and 5: `app.register(fastifyPlugin(…))`, with a
 * `prefix` where they are not to stand at the root. Within the plugin a body is read as the bytes
 * that came; the shop's own parsers stay as they are.
 */
export function fastifyPlugin<Native extends FastifyRequest = FastifyRequest>(
  checkout: Checkout,
  options: RouteOptions<Native>,
): (instance: FastifyInstance<Native>) => Promise<void> {
  const paths = ROUTES.map(({ path }) => `${options.basePath ?? ''}${path}`);
  return fastifyOver(new Routes(checkout, options), paths);
}

/** Any answers of ours at these paths as one plugin. @internal */
export function fastifyOver<Native extends FastifyRequest>(
  answers: Answers<Native>,
  paths: readonly string[],
): (instance: FastifyInstance<Native>) => Promise<void> {
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    const mount = instance.prefix === '/' ? '' : instance.prefix;
    const handle = async (request: Native, reply: FastifyReply) => {
      const { method, url, headers, body } = request;
      const answer = await answers.answer({
        method,
        url: url.slice(mount.length),
        mount,
        header: (name) => headerOf(headers, name),
        bytes: async (most) => (isStream(body) ? readStream(body, headers, most) : NOTHING),
        native: request,
      });
      if (!answer) return reply.code(404).send('');
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    };
    for (const path of paths) instance.all(path, handle);
  };
}
