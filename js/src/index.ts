import { backend } from '#backend';
import { handlerOver } from './handler.js';
import { webhooksOver } from './webhook.js';

const webhooks = webhooksOver(backend);
export const {
  verifyWebhookSignature,
  verifyWebhook,
  parseWebhookPayload,
  generateWebhookSignature,
} = webhooks;
export const createWebhookHandler = handlerOver(webhooks);

export { Checkout, type CheckoutOptions } from './checkout.js';
export {
  CoinPayClient,
  createPayment,
  getPayment,
  type ClientOptions,
  type CreatePaymentParams,
  type Payment,
  type PaymentResult,
} from './client.js';
export { Blockchain, FiatCurrency, PaymentStatus, WebhookEvent } from './constants.js';
export { CoinPayError } from './errors.js';
export type { EffectHandlers } from './effects.js';
export {
  StoreFault,
  type Executor,
  type FaultClass,
  type Rows,
  type Statement,
} from './executor.js';
export type { ErrorCode } from './generated/errors.js';
export { paymentUri, qrSvg, toUnits, fromUnits } from './pay.js';
export type * from './types.js';
export type { Verified, VerifyOptions, WebhookPayload } from './webhook.js';
