import type { Checkout } from './checkout.js';
import type { EffectKind } from './generated/names.js';
import type { Effect } from './types.js';

/** What a handler returns is kept as the effect's result; what it throws has it tried again. */
export type EffectHandlers = {
  [Kind in EffectKind]?: (effect: Effect) => unknown;
};

const MOST_ROUNDS = 50;

/** Hands side work to the shop's handlers, and renews leases while they are at it. */
export class EffectRunner {
  /** The last thing that is being said of an order's effects. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(
    private readonly checkout: Checkout,
    private readonly handlers: EffectHandlers,
    private readonly leaseMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Until nothing is due, or `isOver` says that nothing new is to be begun. */
  async run(isOver: () => boolean): Promise<number> {
    const kinds = Object.keys(this.handlers);
    let done = 0;
    if (kinds.length === 0) return done;
    // The next piece of a lane is handed out once the one before is done.
    for (let round = 0; round < MOST_ROUNDS && !isOver(); round += 1) {
      const effects = await this.checkout.claimEffects({ kinds });
      if (effects.length === 0) break;
      const outcomes = await Promise.all(effects.map((effect) => this.#one(effect)));
      done += outcomes.filter(Boolean).length;
    }
    return done;
  }

  async #one(effect: Effect): Promise<boolean> {
    const { orderId, kind, subject, claimNo } = effect;
    const id = { orderId, kind, subject };
    const renewal = setInterval(() => {
      this.checkout.renewEffect({ ...id, claimNo }).catch(this.onError);
    }, this.leaseMs / 3);
    try {
      const result = await this.handlers[kind]?.(effect);
      const done = result === undefined ? id : { ...id, result };
      await this.#inTurn(orderId, () => this.checkout.completeEffect(done));
      return true;
    } catch (error) {
      this.onError(error);
      const text = error instanceof Error ? error.message : String(error);
      await this.checkout
        .failEffect({ ...id, claimNo, error: text.slice(0, 500) })
        .catch(this.onError);
      return false;
    } finally {
      clearInterval(renewal);
    }
  }

  /** What is said of one order at the same time would only have to be said again. */
  #inTurn<T>(orderId: string, say: () => Promise<T>): Promise<T> {
    const said = (this.#last.get(orderId) ?? Promise.resolve()).then(say);
    const over = said.then(nothing, nothing).then(() => {
      if (this.#last.get(orderId) === over) this.#last.delete(orderId);
    });
    this.#last.set(orderId, over);
    return said;
  }
}

const nothing = () => undefined;

/** How many runs there are at once in a process that lives on. */
const MOST_RUNS = 2;

/**
 * In a process that lives on, every webhook asks for side work to be done: a few runs do it for
 * all who ask, and go on while somebody does. Not for platforms where work belongs to the request
 * that began it.
 */
export class SharedRuns {
  readonly #running = new Set<Promise<number>>();
  #asked = false;

  /** How many pieces the run that takes this up has done. */
  run(work: () => Promise<number>): Promise<number> {
    this.#asked = true;
    if (this.#running.size >= MOST_RUNS) return Promise.race(this.#running);
    const run = this.#whileAsked(work);
    this.#running.add(run);
    const over = () => this.#running.delete(run);
    run.then(over, over);
    return run;
  }

  async #whileAsked(work: () => Promise<number>): Promise<number> {
    let done = 0;
    while (this.#asked) {
      this.#asked = false;
      done += await work();
    }
    return done;
  }
}
