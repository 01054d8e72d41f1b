// A shop in Express: `node express.mjs`.
import process from 'node:process';
import { expressHandler } from 'coinpay-embed/express';
import { payPage } from 'coinpay-embed/page';
import express from 'express';
import { cart, open } from './shop.mjs';

const checkout = await open();
// snippet: express
const app = express();
// Before express.json(): a webhook's signature is over the bytes that came.
app.use(expressHandler(checkout, { cart, page: payPage }));
app.use(express.json());
app.get('/', (_request, response) => response.send('A shop.'));
// /snippet

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
// What began comes to its end; what did not is in the database.
process.once('SIGTERM', () => {
  server.close(() => checkout.close().then(() => process.exit()));
  server.closeIdleConnections();
});
