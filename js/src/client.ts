import { backend } from '#backend';
import { NOTHING } from './bytes.js';
import { CoinPayError, outputOf } from './errors.js';
import { send, type CoreRequest, type Fetch } from './transport.js';

export interface ClientOptions {
  apiKey: string;
  baseUrl?: string;
  /** For one exchange, in milliseconds. */
  timeout?: number;
  fetch?: Fetch;
}

export interface CreatePaymentParams {
  businessId: string;
  /** In US dollars, which is how the gateway takes it. */
  amount: string | number;
  /** Only `USD`: the gateway would charge any other number as dollars. */
  currency?: string;
  blockchain: string;
  description?: string;
  metadata?: Record<string, unknown>;
  /** The same key is the same payment, however often it is sent; a fresh one by default. */
  idempotencyKey?: string;
  paymentMethod?: string;
  successUrl?: string;
  cancelUrl?: string;
  redirectUrl?: string;
}

/** A payment in the gateway's own words; unknown fields come and go. */
export interface Payment {
  id: string;
  status: string;
  payment_address?: string;
  crypto_amount?: string | number;
  amount_crypto?: string | number;
  expires_at?: string;
  [field: string]: unknown;
}

export interface PaymentResult {
  success: boolean;
  payment: Payment;
  [field: string]: unknown;
}

const GATEWAY = 'https://coinpayportal.com/api';
const TRIES = 3;
const PAID_OR_OVER = ['confirmed', 'forwarded', 'completed', 'expired', 'failed', 'cancelled'];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The gateway's API under the published SDK's names. */
export class CoinPayClient {
  readonly #options: ClientOptions & { baseUrl: string };

  constructor(options: ClientOptions) {
    if (!options?.apiKey) throw new CoinPayError('invalid_input', 'apiKey: is missing');
    this.#options = { ...options, baseUrl: options.baseUrl ?? GATEWAY };
  }

  /** @throws {CoinPayError} with the gateway's status and code where it refused. */
  async createPayment(params: CreatePaymentParams): Promise<PaymentResult> {
    const { currency = 'USD' } = params;
    if (currency.toUpperCase() !== 'USD') {
      const why = 'currency: the gateway takes every amount as US dollars; convert it first';
      throw new CoinPayError('invalid_input', why);
    }
    const request = this.#request('create_payment', {
      idempotency_key: params.idempotencyKey ?? crypto.randomUUID(),
      payment: {
        business_id: params.businessId,
        amount_usd: params.amount,
        blockchain: params.blockchain,
        description: params.description,
        metadata: params.metadata,
        payment_method: params.paymentMethod,
        success_url: params.successUrl,
        cancel_url: params.cancelUrl,
        redirect_url: params.redirectUrl,
      },
    });
    return withAmounts(await this.#exchange(request, 'read_create_payment'));
  }

  async getPayment(paymentId: string): Promise<PaymentResult> {
    const request = this.#request('get_payment', { payment_id: paymentId });
    return withAmounts(await this.#exchange(request, 'read_payment'));
  }

  /** Asks until the payment has one of the statuses, or for `timeout` milliseconds. */
  async waitForPayment(
    paymentId: string,
    options: {
      interval?: number;
      timeout?: number;
      targetStatuses?: readonly string[];
      onStatusChange?: (status: string, payment: Payment) => void;
    } = {},
  ): Promise<PaymentResult> {
    const { interval = 5_000, timeout = 3_600_000, targetStatuses = PAID_OR_OVER } = options;
    const until = Date.now() + timeout;
    let before: string | undefined;
    for (;;) {
      const result = await this.getPayment(paymentId);
      const { status } = result.payment;
      if (status !== before) options.onStatusChange?.(status, result.payment);
      before = status;
      if (targetStatuses.includes(status)) return result;
      if (Date.now() + interval > until) {
        throw new CoinPayError('gateway_unreachable', `The payment is still ${status}.`);
      }
      await pause(interval);
    }
  }

  /** Needs a dashboard's token; a business key gets `gateway_unauthorized`. */
  async listPayments(
    params: { businessId?: string; status?: string; limit?: number; offset?: number } = {},
  ): Promise<unknown> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined) query.set(name, String(value));
    }
    const template = this.#request('businesses', {});
    const request = { ...template, url: `${this.#options.baseUrl}/payments?${query}` };
    return this.#exchange(request, 'read_businesses');
  }

  getPaymentQRUrl(paymentId: string): string {
    return this.#call('payment_qr_url', { payment_id: paymentId });
  }

  #request(name: string, args: Record<string, unknown>): CoreRequest {
    return this.#call(name, args);
  }

  #call<T>(name: string, args: Record<string, unknown>): T {
    const document = JSON.stringify({ ...args, base_url: this.#options.baseUrl });
    return outputOf<T>(backend.call(name, document, NOTHING));
  }

  /** Sends, and again where that can help and cannot make a second payment. */
  async #exchange(request: CoreRequest, read: string): Promise<unknown> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#once(request, read);
      } catch (error) {
        const again = error instanceof CoinPayError && error.retryable && tried < TRIES;
        if (!again) throw error;
        await pause(Math.min(error.retryAfterMs ?? 250 * 2 ** tried, 10_000));
      }
    }
  }

  async #once(request: CoreRequest, read: string): Promise<unknown> {
    const { apiKey, baseUrl, timeout } = this.#options;
    const fetch: Fetch = this.#options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    const asked = { ...request, timeout_ms: timeout ?? request.timeout_ms };
    const answer = await send(fetch, asked, apiKey, baseUrl);
    const document =
      'fault' in answer ? answer : { status: answer.status, headers: answer.headers };
    const body = 'fault' in answer ? NOTHING : answer.body;
    const call = 'fault' in answer ? 'fault_error' : read;
    // The core says whether this is an answer at all; the caller gets it in the gateway's words.
    outputOf(backend.call(call, JSON.stringify(document), body));
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  }
}

/** The amount to send under both of its names, and the payment where the SDK has it. */
function withAmounts(answer: unknown): PaymentResult {
  const result = answer as PaymentResult & { data?: { payment?: Payment } };
  const payment = result.payment ?? result.data?.payment ?? (result as unknown as Payment);
  const amount = payment.crypto_amount ?? payment.amount_crypto;
  const both = amount === undefined ? {} : { crypto_amount: amount, amount_crypto: amount };
  return { ...result, success: true, payment: { ...payment, ...both } };
}

/** One payment without keeping a client. */
export function createPayment(
  options: ClientOptions & CreatePaymentParams,
): Promise<PaymentResult> {
  return new CoinPayClient(options).createPayment(options);
}

export function getPayment(options: ClientOptions & { paymentId: string }): Promise<PaymentResult> {
  return new CoinPayClient(options).getPayment(options.paymentId);
}
