// What all the examples sell, and what they do when something is paid. A real shop reads its
// carts from its own database, never a price from the request.
// snippet: routes
const ARTICLES = { mug: { sku: 'mug', price: '12.00', digital: true } };

/** The routes' options: what a request is to buy. */
export const routes = {
  cart(body) {
    const article = ARTICLES[body.article];
    if (!article) return null;
    const { cartId, blockchain } = body;
    return { cartId, blockchain, currency: 'USD', items: [{ ...article, quantity: 1 }] };
  },
};

/** The shop's side work: each piece once, under the key that it brings. */
export const effects = (send) => ({
  send_confirmation_email: (effect) => send('mail', effect.idempotencyKey),
  ship_order: (effect) => send('ship', effect.idempotencyKey),
  order_status_changed: (effect) => send('status', effect.idempotencyKey),
  alert_operations: (effect) => send('alert', effect.idempotencyKey),
});
// /snippet

// snippet: operators
/** Who may see the orders and decide. A real shop looks up the session that its login has made. */
export const operators = (env) => ({
  basePath: '/admin/coinpay',
  secret: env.DASH_SECRET,
  metricsToken: env.METRICS_TOKEN,
  actor(request) {
    const cookies = request.headers.get('cookie') ?? '';
    const session = /(?:^|; )session=([^;]+)/.exec(cookies)?.[1];
    return session !== undefined && session === env.OPERATOR_SESSION ? 'anna' : null;
  },
});
// /snippet

/** The shop's settings from its environment. */
export const settings = (env) => ({
  mode: env.COINPAY_MODE ?? 'test',
  apiKey: env.COINPAY_API_KEY,
  businessId: env.COINPAY_BUSINESS_ID,
  webhookSecrets: (env.COINPAY_WEBHOOK_SECRETS ?? '').split(',').filter(Boolean),
  ...(env.COINPAY_BASE_URL ? { baseUrl: env.COINPAY_BASE_URL } : {}),
});

/** Tells the carrier and the mailer; here, whoever listens at `CARRIER_URL`. */
export const sender = (env) => async (what, key) => {
  const answer = await fetch(env.CARRIER_URL, {
    method: 'POST',
    body: JSON.stringify({ what, key }),
  });
  if (!answer.ok) throw new Error(`the carrier answered ${answer.status}`);
};
