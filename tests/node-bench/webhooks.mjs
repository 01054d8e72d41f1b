// Webhooks as the gateway sends them when it has checked a balance: the shape with the most in it.

import { createHmac } from 'node:crypto';

export const SECRET = 'whsec_9f2c1a7e5b';
export const BUSINESS_ID = '7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10';
export const ADDRESS = 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh';
export const AMOUNT = '0.00123456';

export function signed({ orderId, paymentId, address = ADDRESS, amount = AMOUNT, metadata }) {
  const seconds = Math.floor(Date.now() / 1000);
  const time = new Date(seconds * 1000).toISOString();
  const body = JSON.stringify({
    id: `evt_${paymentId}_${seconds}`,
    type: 'payment.confirmed',
    data: {
      payment_id: paymentId,
      status: 'confirmed',
      amount: '49.90',
      amount_usd: '49.90',
      amount_crypto: amount,
      currency: 'BTC',
      payment_address: address,
      tx_hash: 'a'.repeat(64),
      received_amount: Number(amount),
      confirmed_at: time,
      metadata: metadata ?? { orderId, items: [{ sku: 'mug', qty: 1 }] },
    },
    created_at: time,
    business_id: BUSINESS_ID,
  });
  const hmac = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  return { body, signature: `t=${seconds},v1=${hmac}` };
}
