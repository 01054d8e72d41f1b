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
  CoinPayClient as default,
  createPayment,
  getPayment,
  getSupportedCoins,
  getTokens,
  listPayments,
  type CreatePaymentParams,
  type ListPaymentsParams,
  type Payment,
  type PaymentResult,
  type SupportedCoinsParams,
  type WaitForPaymentOptions,
} from './client.js';
export {
  Blockchain,
  Blockchain as Cryptocurrency,
  FiatCurrency,
  PaymentStatus,
  WebhookEvent,
} from './constants.js';
export { CoinPayError } from './errors.js';
export type { Answer, ClientOptions } from './exchange.js';
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
export type { WebhookHandlerOptions } from './handler.js';
export type { SignOptions, Verified, VerifyOptions, WebhookPayload } from './webhook.js';
