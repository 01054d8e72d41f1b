// `app/shop/[...path]/route.js` of a shop in Next.js: every route of ours under /shop. The checkout
// is opened once for each process; `after` keeps a serverless function alive for the work that
// follows an answer. Where processes come and go, a cron job has to call `checkout.tick()` too.
import { fetchHandler } from 'coinpay-embed/fetch';
import { payPage } from 'coinpay-embed/page';
import { after } from 'next/server';
import { cart, open } from '../shop.mjs';

// snippet: next
let opened;
const shop = () =>
  (opened ??= open().catch((error) => {
    opened = undefined;
    throw error;
  }));

async function handle(request) {
  const checkout = await shop();
  const handler = fetchHandler(checkout, { cart, page: payPage, basePath: '/shop' });
  return handler(request, { waitUntil: after });
}

export { handle as GET, handle as POST };
// /snippet
