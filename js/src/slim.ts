// Verify, parse and sign, in a small download: for a function that only takes webhooks.
import { backend } from '#slim';
import { webhooksOver } from './webhook.js';

export const {
  verifyWebhookSignature,
  verifyWebhook,
  parseWebhookPayload,
  generateWebhookSignature,
} = webhooksOver(backend);
export { CoinPayError } from './errors.js';
export type { ErrorCode } from './generated/errors.js';
export type { Verified, VerifyOptions, WebhookPayload } from './webhook.js';
