import { calls } from '#calls';
import { NOTHING } from './bytes.js';
import { CoinPayError, outputOf } from './errors.js';
import { send, type CoreRequest, type Fetch, type HttpAnswer } from './transport.js';

export interface ClientOptions {
  /** Needed by every call but `getPayment`, `waitForPayment` and those about pictures. */
  apiKey?: string | undefined;
  baseUrl?: string | undefined;
  /** For one exchange, in milliseconds. */
  timeout?: number | undefined;
  fetch?: Fetch;
}

/** The gateway's JSON, as it came. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = Record<string, any>;

interface Exchange<T> {
  request: CoreRequest;
  /** Gives what is in the answer, or throws what the core says of it. */
  read: (answer: HttpAnswer) => T;
  /** Whether a second request does no harm where the first was served. */
  repeatable: boolean;
}

const GATEWAY = 'https://coinpayportal.com/api';
const TIMEOUT_MS = 30_000;
/** What repeating may take altogether; a gateway that wants a longer wait is not asked again. */
const BUDGET_MS = 10_000;
const FIRST_WAIT_MS = 250;

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests to the gateway and their answers: the core writes the ones and reads the others. */
export class Gateway {
  readonly baseUrl: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.baseUrl = (options.baseUrl ?? GATEWAY).replace(/\/+$/, '');
  }

  /** A pure call of the core's about this gateway. */
  call<T>(name: string, args: Record<string, unknown>): T {
    const document = JSON.stringify({ ...args, base_url: this.baseUrl });
    return outputOf<T>(calls.call(name, document, NOTHING));
  }

  /** Sends a request of the core's, and has the core judge the answer by its call `reader`. */
  ask(request: CoreRequest, reader: string, about: Record<string, unknown> = {}): Promise<Answer> {
    const read = (answer: HttpAnswer) => {
      outputOf(coreOf(reader, answer, about));
      return jsonOf(answer);
    };
    return this.exchange({ request, read, repeatable: true });
  }

  /** Sends, and again where that can help and cannot do a thing twice. */
  async exchange<T>({ request, read, repeatable }: Exchange<T>): Promise<T> {
    const until = Date.now() + BUDGET_MS;
    for (let tried = 1; ; tried += 1) {
      let answer: HttpAnswer | undefined;
      try {
        answer = await this.#sent(request);
        return read(answer);
      } catch (error) {
        if (!(error instanceof CoinPayError)) throw error;
        if (answer) withResponse(error, answer);
        // A doubtful rate and the like are no better a moment later.
        const again = repeatable && error.retryable && error.code.startsWith('gateway_');
        const jittered = FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + Math.random() / 2);
        const waitMs = Math.max(jittered, error.retryAfterMs ?? 0);
        if (!again || Date.now() + waitMs >= until) throw error;
        await pause(waitMs);
      }
    }
  }

  async #sent(request: CoreRequest): Promise<HttpAnswer> {
    const { apiKey, timeout = TIMEOUT_MS } = this.#options;
    if (request.auth === 'bearer' && !apiKey) {
      throw new CoinPayError('invalid_input', 'apiKey: is missing');
    }
    const fetch: Fetch = this.#options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    const asked = { ...request, timeout_ms: timeout };
    const answer = await send(fetch, asked, apiKey ?? '', this.baseUrl);
    if (!('fault' in answer)) return answer;
    outputOf(calls.call('fault_error', JSON.stringify(answer), NOTHING));
    throw new CoinPayError('internal');
  }
}

/** Any JSON that does not say that it failed. */
export function anyJson(answer: HttpAnswer): Answer {
  const found = jsonIn(answer);
  return isGood(answer) && found && found.success !== false ? found : refused(answer);
}

export function anyPicture(answer: HttpAnswer): ArrayBuffer {
  const type = answer.headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  if (!isGood(answer) || !type.startsWith('image/')) return refused(answer);
  return answer.body.slice().buffer as ArrayBuffer;
}

/** Throws what the core says of an answer that is none. */
function refused(answer: HttpAnswer): never {
  outputOf(coreOf('read_payment', answer));
  throw new CoinPayError('gateway_answer_unusable');
}

function coreOf(call: string, { status, headers, body }: HttpAnswer, about = {}): string {
  return calls.call(call, JSON.stringify({ ...about, status, headers }), body);
}

const isGood = ({ status }: HttpAnswer) => status >= 200 && status < 300;
const jsonOf = ({ body }: HttpAnswer) => JSON.parse(new TextDecoder().decode(body)) as Answer;

function jsonIn(answer: HttpAnswer): Answer | undefined {
  try {
    const found: unknown = jsonOf(answer);
    return typeof found === 'object' && found !== null ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway's own words, as the SDK has them; not where an error is printed. */
function withResponse(error: CoinPayError, answer: HttpAnswer): void {
  const value = jsonIn(answer);
  if (value) Object.defineProperty(error, 'response', { value, configurable: true });
}
