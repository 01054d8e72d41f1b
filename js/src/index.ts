import { calls } from '#calls';
import { handlerOver } from './handler.js';
import { webhooksOver } from './webhook.js';

const webhooks = webhooksOver(calls);
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
  type With,
} from './client.js';
export {
  Blockchain,
  Blockchain as Cryptocurrency,
  FiatCurrency,
  PaymentStatus,
  WebhookEvent,
} from './constants.js';
export { CoinPayError, type Details } from './errors.js';
export type { Answer, ClientOptions } from './exchange.js';
export type { EffectHandlers } from './effects.js';
export type { Dialect } from './backend/backend.js';
export type { Body } from './bytes.js';
export {
  StoreFault,
  type Executor,
  type FaultClass,
  type Rows,
  type Statement,
  type Value,
} from './executor.js';
export type { ErrorCode } from './generated/errors.js';
export type {
  Blockchain as BlockchainCode,
  EffectKind,
  OrderState,
  PaymentState,
  Reason,
} from './generated/names.js';
export { paymentUri, qrSvg, toUnits, fromUnits } from './pay.js';
export type { Fetch } from './transport.js';
export type * from './types.js';
export type { IncomingRequest, OutgoingResponse, WebhookHandlerOptions } from './handler.js';
export type { BodyStream, Headers, NodeRequest } from './node-request.js';
export type { SignOptions, Verified, VerifyOptions, WebhookPayload } from './webhook.js';
