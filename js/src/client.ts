import { CoinPayError } from './errors.js';
import {
  anyJson,
  anyPicture,
  Gateway,
  pause,
  type Answer,
  type ClientOptions,
} from './exchange.js';
import type { CoreRequest } from './transport.js';

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

export interface ListPaymentsParams {
  businessId: string;
  status?: string;
  limit?: number;
  offset?: number;
}

export interface SupportedCoinsParams {
  businessId?: string;
  activeOnly?: boolean;
}

export interface WaitForPaymentOptions {
  /** Between two looks, in milliseconds. */
  interval?: number;
  /** Altogether, in milliseconds. */
  timeout?: number;
  targetStatuses?: readonly string[];
  /** Called at every change after the first look. */
  onStatusChange?: (status: string, payment: Payment) => void;
}

/** A payment in the gateway's own words; unknown fields come and go. */
export interface Payment {
  id: string;
  status: string;
  payment_address?: string;
  crypto_amount?: string | number;
  amount_crypto?: string | number;
  expires_at?: string;
  // The gateway's own fields, as they came.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}

export interface PaymentResult {
  success: boolean;
  payment: Payment;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}

/** The SDK's four, and what else is the end of a payment or says that it was paid. */
const PAID_OR_OVER = [
  'confirmed',
  'forwarded',
  'expired',
  'failed',
  'completed',
  'forwarding_failed',
  'cancelled',
  'refunded',
];

/** The gateway's API under the published SDK's names. */
export class CoinPayClient {
  readonly #gateway: Gateway;

  constructor(options: ClientOptions = {}) {
    this.#gateway = new Gateway(options);
  }

  /** @throws {CoinPayError} with the gateway's status and code where it refused. */
  async createPayment(params: CreatePaymentParams): Promise<PaymentResult> {
    const { currency = 'USD' } = params;
    if (currency.toUpperCase() !== 'USD') {
      const why = 'currency: the gateway takes every amount as US dollars; convert it first';
      throw new CoinPayError('invalid_input', why);
    }
    const request = this.#gateway.call<CoreRequest>('create_payment', {
      idempotency_key: params.idempotencyKey ?? crypto.randomUUID(),
      payment: {
        business_id: params.businessId,
        amount_usd: params.amount,
        blockchain: params.blockchain?.toUpperCase(),
        description: params.description,
        metadata: params.metadata,
        payment_method: params.paymentMethod,
        success_url: params.successUrl,
        cancel_url: params.cancelUrl,
        redirect_url: params.redirectUrl,
      },
    });
    return withAmounts(await this.#gateway.ask(request, 'read_create_payment'));
  }

  async getPayment(paymentId: string): Promise<PaymentResult> {
    const request = this.#gateway.call<CoreRequest>('get_payment', { payment_id: paymentId });
    return withAmounts(await this.#gateway.ask(request, 'read_payment'));
  }

  /**
   * Asks until the payment has one of the statuses, or for `timeout` milliseconds. What may be
   * better at the next look does not end the wait.
   */
  async waitForPayment(
    paymentId: string,
    options: WaitForPaymentOptions = {},
  ): Promise<PaymentResult> {
    const { interval = 5_000, timeout = 3_600_000, targetStatuses = PAID_OR_OVER } = options;
    const until = Date.now() + timeout;
    let before: string | undefined;
    while (Date.now() < until) {
      const result = await this.getPayment(paymentId).catch(lastingErrors);
      if (result) {
        const { payment } = result;
        if (before !== undefined && payment.status !== before) {
          options.onStatusChange?.(payment.status, payment);
        }
        before = payment.status;
        if (targetStatuses.includes(payment.status)) return result;
      }
      await pause(Math.max(0, Math.min(interval, until - Date.now())));
    }
    const why = `Payment status check timed out after ${timeout}ms; it is ${before ?? 'unknown'}.`;
    throw new CoinPayError('gateway_unreachable', why);
  }

  /** Needs a dashboard's token; a business key gets `gateway_unauthorized`. */
  async listPayments(params: ListPaymentsParams): Promise<Answer> {
    const { businessId, status, limit = 20, offset = 0 } = params;
    return this.request(`/payments${query({ businessId, limit, offset, status })}`);
  }

  getPaymentQRUrl(paymentId: string): string {
    return this.#gateway.call('payment_qr_url', { payment_id: paymentId });
  }

  /** The picture that `getPaymentQRUrl` names, as PNG. */
  async getPaymentQR(paymentId: string): Promise<ArrayBuffer> {
    const url = this.getPaymentQRUrl(paymentId);
    const request = {
      ...this.#gateway.call<CoreRequest>('get_payment', { payment_id: paymentId }),
      url,
    };
    return this.#gateway.exchange({ request, read: anyPicture, repeatable: true });
  }

  /** How much of `fiatCurrency` one coin costs. @throws {CoinPayError} `rate_doubtful` */
  async getExchangeRate(cryptocurrency: string, fiatCurrency = 'USD'): Promise<Answer> {
    const about = { coin: cryptocurrency, fiat: fiatCurrency };
    const request = this.#gateway.call<CoreRequest>('rate', about);
    return this.#gateway.ask(request, 'read_rate', about);
  }

  async getExchangeRates(cryptocurrencies: string[], fiatCurrency = 'USD'): Promise<Answer> {
    const about = { coins: cryptocurrencies, fiat: fiatCurrency };
    const request = this.#gateway.call<CoreRequest>('rates', about);
    return this.#gateway.ask(request, 'read_rates', about);
  }

  async getSupportedCoins(params: SupportedCoinsParams = {}): Promise<Answer> {
    return this.request(`/supported-coins${coinsQuery(params)}`);
  }

  async getTokens(params: SupportedCoinsParams = {}): Promise<Answer> {
    return this.request(`/tokens${coinsQuery(params)}`);
  }

  async getBusiness(businessId: string): Promise<Answer> {
    return this.request(`/businesses/${encodeURIComponent(businessId)}`);
  }

  async listBusinesses(): Promise<Answer> {
    return this.request('/businesses');
  }

  /**
   * Any other call of the gateway's, with the key: its JSON as it came. Only reading is repeated
   * where it fails.
   */
  async request(
    endpoint: string,
    options: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { method = 'GET', body, headers = {} } = options;
    const template = this.#gateway.call<CoreRequest>('businesses', {});
    const request: CoreRequest = {
      ...template,
      method,
      url: `${this.#gateway.baseUrl}${endpoint}`,
      headers: [...template.headers, ...Object.entries(headers)],
      ...(body === undefined ? {} : { body }),
    };
    if (body !== undefined) request.headers.push(['content-type', 'application/json']);
    return this.#gateway.exchange({ request, read: anyJson, repeatable: method === 'GET' });
  }
}

function lastingErrors(error: unknown): undefined {
  if (error instanceof CoinPayError && error.retryable) return undefined;
  throw error;
}

function query(params: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length === 0 ? '' : `?${search}`;
}

const coinsQuery = ({ businessId, activeOnly }: SupportedCoinsParams) =>
  query({ business_id: businessId, active_only: activeOnly || undefined });

/** The amount to send under both of its names, and the payment where the SDK has it. */
function withAmounts(answer: Answer): PaymentResult {
  const payment = (answer.payment ?? answer.data?.payment ?? answer.data ?? answer) as Payment;
  const amount = payment.crypto_amount ?? payment.amount_crypto;
  const both = amount === undefined ? {} : { crypto_amount: amount, amount_crypto: amount };
  return { ...answer, success: true, payment: { ...payment, ...both } };
}

/** One call, by a client that the caller keeps or one made of the same options. */
export type With<Params> = Params & ClientOptions & { client?: CoinPayClient };

const clientOf = ({ client, ...options }: ClientOptions & { client?: CoinPayClient }) =>
  client ?? new CoinPayClient(options);

export const createPayment = (params: With<CreatePaymentParams>): Promise<PaymentResult> =>
  clientOf(params).createPayment(params);

export const getPayment = (params: With<{ paymentId: string }>): Promise<PaymentResult> =>
  clientOf(params).getPayment(params.paymentId);

export const listPayments = (params: With<ListPaymentsParams>): Promise<Answer> =>
  clientOf(params).listPayments(params);

export const getSupportedCoins = (params: With<SupportedCoinsParams>): Promise<Answer> =>
  clientOf(params).getSupportedCoins(params);

export const getTokens = (params: With<SupportedCoinsParams>): Promise<Answer> =>
  clientOf(params).getTokens(params);
