// The routes in every framework that they can be mounted in: what has to hold, holds in each.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { serve } from '@hono/node-server';
import { expressHandler } from 'coinpay-embed/express';
import { fastifyPlugin } from 'coinpay-embed/fastify';
import { fetchHandler } from 'coinpay-embed/fetch';
import express from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import Fastify4 from 'fastify4';
import { Hono } from 'hono';

/** Where a Node server listens, until the tests are over. */
export async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const inExpress =
  (make) =>
  (checkout, options, { prefix = '' } = {}) => {
    const app = make();
    app.use(prefix || '/', expressHandler(checkout, options));
    app.use(make.json());
    app.post('/own', (request, response) => response.json({ own: request.body }));
    // eslint-disable-next-line no-unused-vars -- Express counts the parameters
    app.use((error, _request, response, _next) => {
      response.status(418).json({ caught: error.message });
    });
    return listening(createServer(app));
  };

const inFastify =
  (make) =>
  async (checkout, options, { prefix } = {}) => {
    const app = make();
    app.setErrorHandler((error, _request, reply) => {
      reply.code(418).send({ caught: error.message });
    });
    app.register(fastifyPlugin(checkout, options), prefix ? { prefix } : {});
    app.post('/own', async (request) => ({ own: request.body }));
    after(() => app.close());
    return app.listen({ host: '127.0.0.1', port: 0 });
  };

/** Hono hands its requests on as they are. */
async function inHono(checkout, options, { prefix = '' } = {}) {
  const handler = fetchHandler(checkout, { ...options, basePath: prefix });
  const app = new Hono();
  app.post('/own', async (context) => context.json({ own: await context.req.json() }));
  app.all(`${prefix}/*`, (context) => handler(context.req.raw));
  return served(app.fetch);
}

/** As Next.js calls what `app/[...coinpay]/route.js` exports. */
async function inNext(checkout, options, { prefix = '' } = {}) {
  const handler = fetchHandler(checkout, { ...options, basePath: prefix });
  const route = Object.fromEntries(
    ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'].map((method) => [
      method,
      (request, context) => handler(request, context),
    ]),
  );
  return served(async (request) => {
    if (new URL(request.url).pathname === '/own')
      return Response.json({ own: await request.json() });
    return route[request.method](request, { params: Promise.resolve({}) });
  });
}

async function served(fetch) {
  let server;
  const port = await new Promise((resolve) => {
    server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, (info) => resolve(info.port));
  });
  after(() => server.close());
  return `http://127.0.0.1:${port}`;
}

/** `mount(checkout, options, { prefix })` gives the address; `catches` what the shop throws. */
export const HOSTS = {
  'Express 5': { mount: inExpress(express), catches: true },
  'Express 4': { mount: inExpress(express4), catches: true },
  'Fastify 5': { mount: inFastify(Fastify), catches: true },
  'Fastify 4': { mount: inFastify(Fastify4), catches: true },
  Hono: { mount: inHono, catches: false },
  'a route handler of Next.js': { mount: inNext, catches: false },
};
