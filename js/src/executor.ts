import type { Dialect } from './backend/backend.js';

/** A value of a column. Integers stay below 2^53. */
export type Value = null | number | string;

export interface Statement {
  sql: string;
  params: Value[];
}

/** The rows of one SELECT, columns in the order of the statement. */
export type Rows = Value[][];

/**
 * What a failure means: `conflict` is a key or check of ours, `retry` is busy or deadlocked,
 * `unknown` is a connection lost during the commit, `fatal` is anything else.
 */
export type FaultClass = 'conflict' | 'retry' | 'unknown' | 'fatal';

/** A database's refusal: its class and the database's own code, never a value. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  constructor(
    readonly faultClass: FaultClass,
    readonly code: string,
    cause?: unknown,
  ) {
    super(`${faultClass} (${code})`, cause === undefined ? {} : { cause });
  }
}

/**
 * Runs statements against a database. `load` reads all its statements in one read transaction.
 * `commit` runs its statements in order in one transaction, stops at the first error and undoes
 * everything; when it returns, the writes are durable. Both throw {@link StoreFault}.
 */
export interface Executor {
  readonly dialect: Dialect;
  load(statements: Statement[]): Promise<Rows[]> | Rows[];
  commit(statements: Statement[]): Promise<void> | void;
  close?(): Promise<void> | void;
}

/** The fault in whatever an executor threw. */
export function faultOf(error: unknown): { class: FaultClass; code: string } {
  // By its name: an executor may come from the package's other half, ESM here and CommonJS there.
  const { name, faultClass, code } = (error ?? {}) as Partial<StoreFault>;
  if (name === 'StoreFault' && faultClass && code) return { class: faultClass, code };
  return { class: 'fatal', code: 'DRIVER' };
}
