import type { WebhookBackend } from './backend/backend.js';
import { bytesOf, type Body } from './bytes.js';
import { plainEnvelope } from './envelope.js';
import { CoinPayError, outputOf } from './errors.js';
import type { ErrorCode } from './generated/errors.js';

export interface VerifyOptions {
  /** The body as it came; not parsed and written again. */
  payload: Body;
  /** The header `X-CoinPay-Signature`. */
  signature: string | null | undefined;
  /** One secret, or several while one is being replaced. */
  secret: string | readonly string[];
  /** How old the signature may be, either way, in seconds. */
  tolerance?: number;
  /** Milliseconds since 1970, UTC; this machine's clock by default. */
  now?: number;
}

export interface Verified {
  timestampS: number;
  /** Which of the secrets signed it. */
  secretIndex: number;
}

/** What a webhook says, in the published SDK's words; the gateway leaves none of them out. */
export interface WebhookPayload {
  id: string;
  type: string;
  // The gateway's own fields, as they came.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
  createdAt: Date;
  businessId: string;
}

export interface SignOptions {
  payload: Body;
  secret: string;
  /** Seconds since 1970, UTC. */
  timestamp?: number;
}

const TOLERANCE_S = 300;

/** What anybody can send. */
const FORGED = new Set<ErrorCode>([
  'body_too_large',
  'signature_missing',
  'signature_malformed',
  'signature_stale',
  'signature_wrong',
]);

/** The calls that need a webhook's bytes and nothing else, over either build of the core. */
export function webhooksOver(backend: WebhookBackend) {
  /**
   * Whether the gateway signed exactly this body. Synchronous on every platform.
   *
   * @throws {CoinPayError} never for what a request brings; `secret_missing` and `invalid_input`
   * for what the shop gives: no secret, or a body that is not the raw one.
   */
  function verifyWebhookSignature(options: VerifyOptions): boolean {
    try {
      verifyWebhook(options);
      return true;
    } catch (error) {
      if (error instanceof CoinPayError && FORGED.has(error.code)) return false;
      throw error;
    }
  }

  /** The same, and says by its error's code why a webhook is not believed. */
  function verifyWebhook(options: VerifyOptions): Verified {
    const { payload, signature, secret, tolerance = TOLERANCE_S, now = Date.now() } = options;
    if (!Number.isInteger(tolerance) || tolerance < 0 || tolerance > 0xffff_ffff) {
      throw new CoinPayError('invalid_input', 'tolerance: is not a whole number of seconds');
    }
    const header = typeof signature === 'string' ? signature : '';
    if (backend.checkWebhook && typeof secret === 'string') {
      const body = typeof payload === 'string' ? payload : bytesOf(payload);
      const timestampS = backend.checkWebhook(body, header, secret, now, tolerance);
      if (timestampS >= 0) return { timestampS, secretIndex: 0 };
    }
    const secrets = JSON.stringify(typeof secret === 'string' ? [secret] : (secret ?? []));
    const text = backend.verifyWebhook(bytesOf(payload), header, secrets, now, tolerance);
    const verified = outputOf<{ timestamp_s: number; secret_index: number }>(text);
    return { timestampS: verified.timestamp_s, secretIndex: verified.secret_index };
  }

  /**
   * Reads a webhook that was verified.
   *
   * @throws {CoinPayError} `webhook_unreadable`
   */
  function parseWebhookPayload(payload: Body): WebhookPayload {
    const bytes = typeof payload === 'string' ? payload : bytesOf(payload);
    const plain = plainEnvelope(bytes);
    return plain ?? byTheCore(bytesOf(bytes));
  }

  function byTheCore(bytes: Uint8Array): WebhookPayload {
    const event = outputOf<{
      id: string;
      type_name: string;
      created_at_ms?: number;
      business_id: string;
    }>(backend.parseWebhook(bytes));
    const raw = JSON.parse(new TextDecoder().decode(bytes)) as { data?: unknown };
    return {
      id: event.id,
      type: event.type_name,
      data: raw.data ?? {},
      createdAt: new Date(event.created_at_ms ?? NaN),
      businessId: event.business_id,
    };
  }

  /** The header with which the gateway would send this body: for tests. */
  function generateWebhookSignature(options: SignOptions): string {
    const { payload, secret, timestamp = Math.floor(Date.now() / 1000) } = options;
    return backend.signWebhook(bytesOf(payload), secret, timestamp);
  }

  return { verifyWebhookSignature, verifyWebhook, parseWebhookPayload, generateWebhookSignature };
}
