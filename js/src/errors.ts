import { ERRORS, type ErrorCode } from './generated/errors.js';

interface ErrorDocument {
  code: string;
  message: string;
  retryable?: boolean;
  http_status?: number;
  retry_after_ms?: number;
  status?: number;
  outcome?: string;
  gateway_code?: string;
}

/** What is known of an error beside its code. */
export interface Details {
  cause?: unknown;
  retryAfterMs?: number | undefined;
  gatewayStatus?: number | undefined;
  gatewayCode?: string | undefined;
  outcome?: string | undefined;
}

/**
 * What went wrong: a stable code, a sentence for people, and whether the same call can succeed
 * later by itself. The sentence holds no secret and nothing of a customer's.
 */
export class CoinPayError extends Error {
  override readonly name = 'CoinPayError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What an HTTP endpoint answers with. */
  readonly httpStatus: number;
  readonly retryAfterMs: number | undefined;
  /** The HTTP status of the gateway's answer, where there was one. */
  readonly status: number | undefined;
  /** The gateway's own code, such as `AMOUNT_TOO_LARGE`. */
  readonly gatewayCode: string | undefined;
  /** What is known of a request that the gateway did not grant: `not_done`, `unknown`, … */
  readonly outcome: string | undefined;
  /** The gateway's whole answer, where it was JSON; not enumerable, so that no log prints it. */
  declare readonly response?: unknown;

  constructor(code: ErrorCode, message?: string, details: Details = {}) {
    const known = ERRORS[code];
    super(message ?? known.advice, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retryable = known.retryable;
    this.httpStatus = known.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.gatewayStatus;
    this.gatewayCode = details.gatewayCode;
    this.outcome = details.outcome;
  }

  /** From the core's document. @internal */
  static of(document: ErrorDocument): CoinPayError {
    const code = document.code in ERRORS ? (document.code as ErrorCode) : 'internal';
    return new CoinPayError(code, document.message, {
      retryAfterMs: document.retry_after_ms,
      gatewayStatus: document.status,
      gatewayCode: document.gateway_code,
      outcome: document.outcome,
    });
  }

  /** From a text that holds `{"error": …}`. @internal */
  static read(text: string): CoinPayError {
    return CoinPayError.of((JSON.parse(text) as { error: ErrorDocument }).error);
  }
}

/** By its name: it may come from the package's other half, ESM here and CommonJS there. */
export const isCoinPayError = (error: unknown): error is CoinPayError =>
  error instanceof Error && error.name === 'CoinPayError' && 'httpStatus' in error;

/** The output in `{"output": …}`, or the error in `{"error": …}` thrown. */
export function outputOf<T>(text: string): T {
  const outcome = JSON.parse(text) as { output?: T; error?: ErrorDocument };
  if (outcome.error) throw CoinPayError.of(outcome.error);
  return outcome.output as T;
}
