// A worker thread that takes webhooks and does side work for a shop, told what by messages.
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { Checkout } from 'coinpay-embed';

const { settings, database } = workerData;
const tell = (what, key) => {
  parentPort.postMessage({ what, key });
};
const checkout = await Checkout.open({
  ...settings,
  database,
  workEveryMs: 20,
  effects: {
    send_confirmation_email: (effect) => tell('mail', effect.idempotencyKey),
    ship_order: (effect) => tell('ship', effect.idempotencyKey),
    order_status_changed: () => undefined,
    alert_operations: () => undefined,
  },
});
parentPort.on('message', async (asked) => {
  if (asked === 'close') {
    await checkout.close();
    parentPort.postMessage({ closed: true });
    parentPort.close();
    return;
  }
  if (asked === 'exit') process.exit(3);
  const { number, body, signature } = asked;
  const { httpStatus } = await checkout.handleWebhook(body, signature);
  parentPort.postMessage({ number, httpStatus });
});
parentPort.postMessage({ ready: true });
