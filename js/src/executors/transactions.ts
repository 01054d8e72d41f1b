import type { Dialect } from '../backend/backend.js';
import {
  StoreFault,
  type Executor,
  type FaultClass,
  type Rows,
  type Statement,
} from '../executor.js';

/** What a driver's error means, as docs/stores.md has it. */
export interface Meaning {
  faultClass: FaultClass;
  /** The database's own code, or a word of ours. Never a message: it can quote a customer. */
  code: string;
  /** The connection is gone, or cannot be trusted. */
  lost: boolean;
}

/** One connection of a pool, for one transaction. */
export interface Link {
  begin(kind: 'load' | 'commit'): Promise<void>;
  run(statement: Statement): Promise<Answered>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Gives it back as it was. */
  release(): Promise<void> | void;
  /** Gives it up without a word to the server. */
  destroy(): void;
}

/** A statement's rows, for whom wants them. */
export type Answered = () => Rows;

export interface Server {
  readonly dialect: Dialect;
  /** A connection that nobody else uses meanwhile. */
  open(): Promise<Link>;
  meaningOf(error: unknown): Meaning;
}

const OPEN_MS = 5_000;
const ANSWER_MS = 20_000;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A load and a commit on a database server, whichever driver speaks to it. */
export function serverExecutor(server: Server): Executor {
  const transaction = new Transactions(server);
  return {
    dialect: server.dialect,
    async load(statements) {
      try {
        return await transaction.run('load', statements);
      } catch (error) {
        // A connection that was idle may be gone; reading twice does no harm.
        if (!(error instanceof LostConnection)) throw error;
        return transaction.run('load', statements);
      }
    },
    async commit(statements) {
      await transaction.run('commit', statements);
    },
  };
}

/** A fault that took its connection along. */
class LostConnection extends StoreFault {}

class Transactions {
  constructor(private readonly server: Server) {}

  async run(kind: 'load' | 'commit', statements: Statement[]): Promise<Rows[]> {
    if (statements.length === 0) return [];
    checkNumbers(statements);
    const link = await this.#open();
    let committing = false;
    const work = async () => {
      await link.begin(kind);
      const answers: Answered[] = [];
      for (const statement of statements) answers.push(await link.run(statement));
      committing = kind === 'commit';
      await link.commit();
      return kind === 'load' ? answers.map((rows) => rows()) : [];
    };
    try {
      const rows = await inTime(ANSWER_MS, work());
      // The caller need not wait for that.
      void this.#giveBack(link);
      return rows;
    } catch (error) {
      throw await this.#undone(link, error, committing);
    }
  }

  async #open(): Promise<Link> {
    const opening = this.server.open();
    try {
      return await inTime(OPEN_MS, opening);
    } catch (error) {
      // It may come yet, and belongs to the pool then.
      opening.then((link) => this.#giveBack(link)).catch(() => undefined);
      const { faultClass, code, lost } = this.server.meaningOf(error);
      throw lost ? new StoreFault('fatal', 'NO_CONNECTION', error) : fault(faultClass, code, error);
    }
  }

  /** The fault that an error is, with the transaction undone or the connection given up. */
  async #undone(link: Link, error: unknown, committing: boolean): Promise<StoreFault> {
    const { faultClass, code, lost } = this.server.meaningOf(error);
    const isGone = lost || !(await inTime(ANSWER_MS, link.rollback()).then(yes, no));
    if (isGone) link.destroy();
    else await this.#giveBack(link);
    // The server said that it did not happen, or nobody knows.
    if (committing && (lost || faultClass === 'fatal')) return fault('unknown', code, error);
    return lost ? new LostConnection('retry', code, error) : fault(faultClass, code, error);
  }

  async #giveBack(link: Link): Promise<void> {
    const given = await inTime(ANSWER_MS, Promise.resolve(link.release())).then(yes, no);
    if (!given) link.destroy();
  }
}

const yes = () => true;
const no = () => false;
const fault = (faultClass: FaultClass, code: string, cause: unknown) =>
  new StoreFault(faultClass, code, cause);

/** What is thrown where no answer came. */
export class Silence extends Error {}

function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  // Whoever comes too late is not heard, and breaks nothing.
  work.catch(() => undefined);
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence()), ms);
  });
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}

function checkNumbers(statements: Statement[]): void {
  for (const { params } of statements) {
    for (const value of params) {
      if (typeof value === 'number' && !Number.isSafeInteger(value)) {
        throw new StoreFault('fatal', 'INTEGER_TOO_LARGE');
      }
    }
  }
}

/** An integer column's text. */
export function integer(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number)) throw new StoreFault('fatal', 'UNKNOWN_TYPE');
  if (Math.abs(number) > LARGEST) throw new StoreFault('fatal', 'INTEGER_TOO_LARGE');
  return number;
}
