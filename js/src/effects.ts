import type { Checkout } from './checkout.js';
import { CoinPayError } from './errors.js';
import type { EffectKind } from './generated/names.js';
import type { Effect, EffectOutcome } from './types.js';

/** What a handler returns is kept as the effect's result; what it throws has it tried again. */
export type EffectHandlers = {
  [Kind in EffectKind]?: (effect: Effect) => unknown;
};

const MOST_ROUNDS = 50;
/** What one report takes; see `core/src/flow/report.rs`. */
const MOST_OUTCOMES = 32;
/** How often a report is made before its effects are left to their leases. */
const MOST_TRIES = 5;
const FIRST_WAIT_MS = 50;

type Claim = { kinds: string[] };

/** Hands side work to the shop's handlers, and renews leases while they are at it. */
export class EffectRunner {
  /** When the rounds that are under way began. */
  readonly #rounds = new Map<object, number>();

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
    if (kinds.length === 0 || isOver()) return done;
    let effects = await this.checkout.claimEffects({ kinds });
    for (let round = 1; effects.length > 0; round += 1) {
      // The next piece of a lane is handed out once the one before is done.
      const next = () => (round < MOST_ROUNDS && !isOver() ? { kinds } : undefined);
      const ended = await this.#round(effects, next);
      done += ended.done;
      effects = ended.claimed;
    }
    return done;
  }

  /** Whether each round that is under way has taken longer than this. */
  isHeld(forMs: number): boolean {
    const before = Date.now() - forMs;
    return this.#rounds.size > 0 && [...this.#rounds.values()].every((since) => since < before);
  }

  /**
   * Does all of one claim side by side. Whatever ends in the same turn, or while a report is on
   * its way, is told in one report; the last one takes the next claim with it.
   *
   * What has ended and is not told yet is in doubt if the process dies: mail is sent again with
   * the same key, and the one shipment of a claim waits for a person. So nothing that has ended
   * waits for a handler that has not.
   */
  async #round(effects: Effect[], next: () => Claim | undefined): Promise<Ended> {
    const untold = new Set(effects);
    const over: { effect: Effect; outcome: EffectOutcome }[] = [];
    let hear: () => void = nothing;
    const renewal = setInterval(() => untold.forEach((one) => this.#renew(one)), this.leaseMs / 3);
    for (const effect of effects) {
      void this.#one(effect).then((outcome) => {
        over.push({ effect, outcome });
        hear();
      });
    }
    const round: Ended = { done: 0, claimed: [] };
    this.#rounds.set(round, Date.now());
    try {
      while (untold.size > 0) {
        if (over.length === 0) await new Promise<void>((resolve) => (hear = resolve));
        await nextTurn();
        const some = over.splice(0, MOST_OUTCOMES);
        const isLast = some.length === untold.size;
        const outcomes = some.map(({ outcome }) => outcome);
        const told = await this.#tell(outcomes, isLast ? next() : undefined);
        for (const { effect } of some) untold.delete(effect);
        round.done += told.done;
        round.claimed = told.claimed;
      }
      return round;
    } finally {
      this.#rounds.delete(round);
      clearInterval(renewal);
    }
  }

  /** How it ended. What a handler throws is no more than that. */
  async #one(effect: Effect): Promise<EffectOutcome> {
    const { orderId, kind, subject, claimNo } = effect;
    const outcome = { orderId, kind, subject, claimNo };
    try {
      const result = await this.handlers[kind]?.(effect);
      return result === undefined ? outcome : { ...outcome, result };
    } catch (error) {
      this.onError(error);
      const text = error instanceof Error ? error.message : String(error);
      return { ...outcome, error: text.slice(0, 500) };
    }
  }

  /**
   * What was done and cannot be told has not failed, and is not handed out again for that: its
   * lease runs out, as if the process had ended.
   */
  async #tell(outcomes: EffectOutcome[], claim: Claim | undefined): Promise<Ended> {
    const told: Ended = { done: 0, claimed: [] };
    let left = outcomes;
    for (let tried = 1; left.length > 0; tried += 1) {
      const asked = told.claimed.length > 0 ? undefined : claim;
      const report = asked ? { outcomes: left, claim: asked } : { outcomes: left };
      try {
        const { answers, claimed } = await this.checkout.reportEffects(report);
        told.claimed.push(...claimed);
        left = left.filter((outcome, place) => {
          const answer = answers[place];
          if (answer && !('error' in answer)) {
            told.done += outcome.error === undefined ? 1 : 0;
            return false;
          }
          const error = CoinPayError.of(answer?.error ?? { code: 'internal', message: '' });
          if (error.retryable && tried < MOST_TRIES) return true;
          this.onError(error);
          return false;
        });
      } catch (error) {
        if (!isRetryable(error) || tried >= MOST_TRIES) {
          this.onError(error);
          return told;
        }
      }
      if (left.length > 0) await pause(FIRST_WAIT_MS * 2 ** (tried - 1));
    }
    return told;
  }

  #renew({ orderId, kind, subject, claimNo }: Effect): void {
    this.checkout.renewEffect({ orderId, kind, subject, claimNo }).catch(this.onError);
  }
}

interface Ended {
  done: number;
  claimed: Effect[];
}

const nothing = () => undefined;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isRetryable = (error: unknown) => error instanceof CoinPayError && error.retryable;

/** Once everything has run that is ready to; Node's own way is the quicker one. */
const nextTurn = () => {
  const { setImmediate: soon } = globalThis as { setImmediate?: (run: () => void) => unknown };
  return soon ? new Promise<void>((resolve) => soon(resolve)) : pause(0);
};

/** How many runs there are at once in a process that lives on. */
const MOST_RUNS = 2;
/** For how long a handler may hold up a run before another one helps out. */
const HELD_MS = 100;

/**
 * In a process that lives on, every webhook asks for side work to be done: one run does it for all
 * who ask, and goes on while somebody does. Two would ask for the same rows; so there is a second
 * one only while a handler holds up the first. Not for platforms where work belongs to the request
 * that began it.
 */
export class SharedRuns {
  readonly #running = new Set<Promise<number>>();
  #asked = false;
  #lookAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly runner: EffectRunner,
    private readonly isOver: () => boolean,
    private readonly askAgain: () => void,
  ) {}

  /** How many pieces the run that takes this up has done. */
  run(): Promise<number> {
    this.#asked = true;
    const { size } = this.#running;
    const newest = [...this.#running].at(-1);
    if (newest && (size >= MOST_RUNS || !this.runner.isHeld(HELD_MS))) {
      if (size < MOST_RUNS) this.#look();
      return newest;
    }
    const run = this.#whileAsked();
    this.#running.add(run);
    const over = () => this.#running.delete(run);
    run.then(over, over);
    return run;
  }

  #look(): void {
    this.#lookAgain ??= setTimeout(() => {
      this.#lookAgain = undefined;
      if (this.#asked && this.#running.size > 0) this.askAgain();
    }, HELD_MS);
  }

  async #whileAsked(): Promise<number> {
    let done = 0;
    while (this.#asked) {
      this.#asked = false;
      done += await this.runner.run(this.isOver);
    }
    return done;
  }
}
