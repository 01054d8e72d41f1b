import { backend } from '#backend';
import { openDesk } from '#operators';
import type {
  DashAnswer,
  DashRequest,
  OpenDesk,
  ShopHandle,
  StoreHandle,
} from './backend/backend.js';
import { bytesOf, type Body } from './bytes.js';
import { openDatabase } from './database.js';
import { drive, type Host } from './driver.js';
import { EffectRunner, SharedRuns, type EffectHandlers } from './effects.js';
import { CoinPayError } from './errors.js';
import type { Executor } from './executor.js';
import type { Reason } from './generated/names.js';
import { fromCore, toCore } from './names.js';
import type { Fetch } from './transport.js';
import type * as types from './types.js';

export interface CheckoutOptions extends types.Settings {
  /**
   * Where orders are kept: `sqlite:<file>`; with the native addon also `postgres://…`, `mysql://…`
   * and `mariadb://…`. Instead of an executor.
   */
  database?: string;
  /** Where orders are kept, by a connection of the shop's own. */
  executor?: Executor;
  /** The shop's side work, by kind. What has no handler waits for a worker that has one. */
  effects?: EffectHandlers;
  /**
   * Calls `tick` by itself. The default is 15 seconds with a `database`, and never with an
   * executor; 0 is never, for where a cron trigger or an alarm does.
   */
  workEveryMs?: number;
  /**
   * What `coinpay-embed/operators` exports. On Workers and other edge platforms `explainOrder`,
   * `export` and `eraseCustomer` need it; everywhere else it is found by itself.
   */
  operators?: OpenDesk;
  /** Hears of what went wrong where nobody waits for an answer: in the timer and in effects. */
  onError?: (error: unknown) => void;
  fetch?: Fetch;
  /** Milliseconds since 1970, UTC; for tests. */
  now?: () => number;
}

const WORK_EVERY_MS = 15_000;
const WITHOUT_OPERATORS =
  "operators: this call is an operator's; import operators from 'coinpay-embed/operators' and " +
  'pass it to Checkout.open';
const GATEWAY = 'https://coinpayportal.com/api';

/** The engine of one shop: every operation of the core, on the platform's `fetch` and database. */
export class Checkout {
  readonly #host: Host;
  readonly #configuration: string;
  readonly #openDesk: OpenDesk | undefined;
  #desk: ShopHandle | undefined;
  readonly #runner: EffectRunner;
  readonly #onError: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is under way, side work and operations alike. */
  readonly #begun = new Set<Promise<unknown>>();
  /** Where a timer runs, the process lives on. */
  #shared: SharedRuns | undefined;
  #closing = false;
  readonly #isClosing = () => this.#closing;
  #closed = false;

  private constructor(options: CheckoutOptions, executor: Executor) {
    const {
      executor: _,
      effects,
      workEveryMs: _1,
      onError,
      fetch,
      now,
      operators,
      ...settings
    } = options;
    this.#openDesk = operators ?? openDesk;
    this.#configuration = JSON.stringify(toCore(settings));
    this.#host = {
      shop: backend.openShop(this.#configuration, executor.dialect),
      executor,
      // What runs by itself asks the machine for the time.
      store: now === undefined && 'begin' in executor ? (executor as StoreHandle) : undefined,
      fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
      apiKey: settings.apiKey,
      baseUrl: settings.baseUrl ?? GATEWAY,
      now: now ?? Date.now,
    };
    this.#onError = onError ?? ((error) => console.error(error));
    this.#runner = new EffectRunner(
      this,
      effects ?? {},
      settings.leaseMs ?? 120_000,
      this.#onError,
    );
  }

  /** Checks the settings, makes the tables, and proves that the database undoes failed commits. */
  static async open(options: CheckoutOptions): Promise<Checkout> {
    const { database, executor } = options;
    if ((database === undefined) === (executor === undefined)) {
      const why = 'database: give it or an executor, and not both';
      throw new CoinPayError('invalid_configuration', why);
    }
    const opened = executor ?? (await openDatabase(database ?? ''));
    try {
      const checkout = new Checkout(options, opened);
      await checkout.#run('prepare_store', {});
      checkout.#every(options.workEveryMs ?? (executor ? 0 : WORK_EVERY_MS));
      return checkout;
    } catch (error) {
      if (!executor) await opened.close?.();
      throw error;
    }
  }

  createCheckout(input: types.CheckoutInput): Promise<types.CheckoutResult> {
    return this.#run('create_checkout', input);
  }

  /** `body` is the body as it came, `signature` the header `X-CoinPay-Signature`. */
  handleWebhook(body: Body, signature: string | null | undefined): Promise<types.WebhookAnswer> {
    return this.#run('handle_webhook', signature ? { signature } : {}, bytesOf(body));
  }

  orderStatus(access: types.OrderAccess): Promise<types.OrderStatus> {
    return this.#run('order_status', access);
  }

  cancelOrder(
    cancel: types.OrderAccess &
      Partial<types.By> & { reason: 'customer' | 'shop' | 'paid_elsewhere' },
  ): Promise<types.Commanded> {
    return this.#run('cancel_order', cancel);
  }

  resolveReview(
    resolve: { orderId: string } & types.By &
      ({ decision: 'accept'; reasons: Reason[] } | { decision: 'close' }),
  ): Promise<types.Commanded> {
    return this.#run('resolve_review', resolve);
  }

  recordRefund(
    refund: types.By & {
      orderId: string;
      refundId: string;
      amount: types.Amount;
      endsOrder?: boolean;
      waived?: boolean;
    },
  ): Promise<types.Commanded> {
    return this.#run('record_refund', refund);
  }

  markFulfilled(mark: { orderId: string } & types.By): Promise<types.Commanded> {
    return this.#run('mark_fulfilled', mark);
  }

  adjustStock(
    adjust: types.By & { adjustmentId: string; sku: string; delta: number },
  ): Promise<types.StockLevel> {
    return this.#run('adjust_stock', adjust);
  }

  /** Asks the gateway about payments whose webhook never came, ends orders, tidies up. */
  work(limits: { looks?: number; rows?: number } = {}): Promise<types.WorkReport> {
    return this.#run('work', limits);
  }

  claimEffects(claim: { limit?: number; kinds?: string[] } = {}): Promise<types.Effect[]> {
    return this.#run('claim_effects', claim);
  }

  completeEffect(complete: types.EffectId & { result?: unknown }): Promise<types.EffectAnswer> {
    return this.#run('complete_effect', complete);
  }

  failEffect(
    fail: types.EffectId & { claimNo: number; error: string },
  ): Promise<types.EffectAnswer> {
    return this.#run('fail_effect', fail);
  }

  renewEffect(renew: types.EffectId & { claimNo: number }): Promise<types.EffectAnswer> {
    return this.#run('renew_effect', renew);
  }

  settleEffect(
    settle: types.EffectId & types.By & { settlement: 'done' | 'again' | 'void' },
  ): Promise<types.EffectAnswer> {
    return this.#run('settle_effect', settle);
  }

  /**
   * Says how the effects of a claim ended, 32 at most, each as by `completeEffect` or `failEffect`,
   * in one commit; and claims the next. To be repeated where it fails.
   */
  reportEffects(report: {
    outcomes: types.EffectOutcome[];
    claim?: { limit?: number; kinds?: string[] };
  }): Promise<types.EffectsReported> {
    return this.#run('report_effects', report);
  }

  /** The story of an order: what came, what was decided, by which rule. */
  explainOrder(orderId: string): Promise<Record<string, unknown>> {
    return this.#operate('explain_order', { orderId });
  }

  health(): Promise<types.Health> {
    return this.#run('health', {});
  }

  export(page: { after?: string; limit?: number } = {}): Promise<Record<string, unknown>> {
    return this.#operate('export', page);
  }

  eraseCustomer(customerId: string): Promise<{ orders: number; more: boolean }> {
    return this.#operate('erase_customer', { customerId });
  }

  /** A request to the operator's view, for `coinpay-embed/dash`. @internal */
  dash(request: DashRequest, open: OpenDesk): Promise<DashAnswer> {
    return this.#operate('dash', request, open);
  }

  /** Does the side work that is due, by the handlers given; says how many pieces were done. */
  runEffects(): Promise<number> {
    const run = this.#shared ? this.#shared.run() : this.#runner.run(this.#isClosing);
    return this.#track(run);
  }

  /** `work`, then effects: what a timer, a cron trigger or an alarm calls. */
  async tick(): Promise<types.WorkReport> {
    const report = await this.work();
    await this.runEffects();
    return report;
  }

  /** Stops the timer, lets what was begun come to an end, and closes the database. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    while (this.#begun.size > 0) await Promise.allSettled(this.#begun);
    if (this.#closed) return;
    this.#closed = true;
    await this.#host.executor.close?.();
  }

  #every(everyMs: number): void {
    if (everyMs <= 0) return;
    const askAgain = () => void this.runEffects().catch(this.#onError);
    this.#shared = new SharedRuns(this.#runner, this.#isClosing, askAgain);
    const again = () => {
      if (this.#closing) return;
      this.#timer = setTimeout(() => {
        this.tick().then(again, (error: unknown) => {
          this.#onError(error);
          again();
        });
      }, everyMs);
      // A timer alone does not keep a process alive; browsers and Workers have plain numbers.
      (this.#timer as unknown as { unref?: () => void }).unref?.();
    };
    again();
  }

  async #run<T>(
    operation: string,
    input: unknown,
    body?: Uint8Array,
    host: Host = this.#host,
  ): Promise<T> {
    if (this.#closed) throw new CoinPayError('store_unavailable', 'This checkout was closed.');
    const driven = this.#track(drive(host, operation, toCore(input), body));
    return fromCore<T>(await driven);
  }

  /** Runs what operators ask for, where the core's main build may be without it. */
  async #operate<T>(operation: string, input: unknown, open = this.#openDesk): Promise<T> {
    const { shop, executor } = this.#host;
    if (!this.#desk && !open) throw new CoinPayError('invalid_configuration', WITHOUT_OPERATORS);
    this.#desk ??= open?.(this.#configuration, executor.dialect) ?? shop;
    return this.#run(operation, input, undefined, { ...this.#host, shop: this.#desk });
  }

  #track<T>(work: Promise<T>): Promise<T> {
    // One run of side work is there for many webhooks, and would keep something of each.
    if (this.#begun.has(work)) return work;
    this.#begun.add(work);
    const over = () => this.#begun.delete(work);
    work.then(over, over);
    return work;
  }
}
