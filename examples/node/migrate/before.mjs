// A shop that uses the published SDK, as its guide has it.
import process from 'node:process';
import express from 'express';
import { CoinPayClient } from '@profullstack/coinpay';
import { verifyWebhookSignature, parseWebhookPayload } from '@profullstack/coinpay';
import { db } from './database.mjs';

const { COINPAY_BASE_URL: baseUrl, COINPAY_WEBHOOK_SECRETS: WEBHOOK_SECRET } = process.env;
const coinpay = new CoinPayClient({ apiKey: process.env.COINPAY_API_KEY, baseUrl });
const BUSINESS_ID = process.env.COINPAY_BUSINESS_ID;

async function createCryptoCheckout(req, res) {
  const { cartId, blockchain } = req.body;
  const cart = await db.carts.findById(cartId);
  if (!cart || cart.userId !== req.user.id)
    return res.status(404).json({ error: 'Cart not found' });
  const totalUsd = cart.items.reduce((sum, item) => sum + item.price * item.qty, 0);
  const order = await db.orders.create({
    userId: req.user.id,
    cartId,
    totalUsd,
    paymentBlockchain: blockchain,
    status: 'awaiting_payment',
  });
  const result = await coinpay.createPayment({
    businessId: BUSINESS_ID,
    amount: totalUsd,
    currency: 'USD',
    blockchain,
    description: `Order #${order.id}`,
    metadata: { orderId: order.id, items: cart.items.map((i) => ({ sku: i.sku, qty: i.qty })) },
  });
  const payment = result.payment;
  await db.orders.update(order.id, {
    coinpayPaymentId: payment.id,
    paymentAddress: payment.payment_address,
    cryptoAmount: payment.crypto_amount || payment.amount_crypto,
    expiresAt: payment.expires_at,
  });
  res.json({
    orderId: order.id,
    paymentId: payment.id,
    address: payment.payment_address,
    cryptoAmount: payment.crypto_amount || payment.amount_crypto,
    blockchain,
    expiresAt: payment.expires_at,
    qrUrl: coinpay.getPaymentQRUrl(payment.id),
    statusUrl: `/orders/${order.id}/status`,
  });
}

async function getOrderStatus(req, res) {
  const order = await db.orders.findById(req.params.id);
  if (!order || order.userId !== req.user.id) return res.status(404).json({ error: 'Not found' });
  const { id: orderId, status, paymentStatus, totalUsd, cryptoAmount } = order;
  res.json({ orderId, status, paymentStatus, totalUsd, cryptoAmount });
}

async function handleWebhook(req, res) {
  const signature = req.headers['x-coinpay-signature'];
  const rawBody = req.rawBody || req.body.toString();
  const isValid = verifyWebhookSignature({ payload: rawBody, signature, secret: WEBHOOK_SECRET });
  if (!isValid) return res.status(401).json({ error: 'Invalid signature' });
  const event = parseWebhookPayload(rawBody);
  const orderId = event.data.metadata?.orderId;
  const order = orderId && (await db.orders.findById(orderId));
  if (!order) return res.json({ received: true });
  if (await db.webhookEvents.exists(event.id)) return res.json({ received: true, duplicate: true });
  await db.webhookEvents.create({ eventId: event.id, type: event.type, orderId });
  if (event.type === 'payment.confirmed') {
    await db.orders.update(orderId, { status: 'paid', paymentStatus: 'confirmed' });
  } else if (event.type === 'payment.forwarded') {
    await db.orders.update(orderId, { paymentStatus: 'forwarded' });
  } else if (event.type === 'payment.expired' && order.status === 'awaiting_payment') {
    await db.orders.update(orderId, { status: 'expired', paymentStatus: 'expired' });
  }
  res.json({ received: true });
}

const app = express();
app.post('/webhooks/coinpay', express.raw({ type: 'application/json' }), handleWebhook);
app.use(express.json());
app.use((req, _res, next) => next(void (req.user = { id: 'anna' })));
app.post('/checkout/crypto', createCryptoCheckout);
app.get('/orders/:id/status', getOrderStatus);
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
