// A shop in Fastify: `node fastify.mjs`.
import process from 'node:process';
import { fastifyPlugin } from 'coinpay-embed/fastify';
import { payPage } from 'coinpay-embed/page';
import Fastify from 'fastify';
import { cart, open } from './shop.mjs';

const checkout = await open();
// snippet: fastify
const app = Fastify();
app.register(fastifyPlugin(checkout, { cart, page: payPage }));
app.get('/', async () => 'A shop.');
// /snippet
app.addHook('onClose', () => checkout.close());

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });
console.log(JSON.stringify({ port: app.server.address().port }));
process.once('SIGTERM', () => app.close().then(() => process.exit()));
