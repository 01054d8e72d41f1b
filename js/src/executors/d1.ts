import { StoreFault, type Executor, type Rows, type Statement, type Value } from '../executor.js';
import { faultOfMessage } from './sqlite-fault.js';

/** What is used of Cloudflare's `D1Database`. */
export interface D1 {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<{ results: Record<string, unknown>[] }[]>;
}

export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
}

// The database was not reached, or its answer was lost on the way: a commit may have happened.
const LOST = /network|connection|internal error|timed? ?out|reset|overloaded|fetch failed/i;

/** Orders in Cloudflare D1. A load or a commit is one batch, which D1 runs as one transaction. */
export function d1Executor(database: D1): Executor {
  const batch = async (statements: Statement[]) =>
    // D1 refuses a batch of nothing.
    statements.length === 0
      ? []
      : database.batch(statements.map(({ sql, params }) => database.prepare(sql).bind(...params)));
  return {
    dialect: 'sqlite',
    async load(statements) {
      try {
        const results = await batch(statements);
        return results.map(({ results: rows }) => rowsOf(rows));
      } catch (error) {
        const fault = faultOfMessage(error);
        throw isLost(fault, error) ? new StoreFault('retry', 'D1_LOST', error) : fault;
      }
    },
    async commit(statements) {
      try {
        await batch(statements);
      } catch (error) {
        const fault = faultOfMessage(error);
        throw isLost(fault, error) ? new StoreFault('unknown', 'D1_LOST', error) : fault;
      }
    },
  };
}

const isLost = (fault: StoreFault, error: unknown) =>
  fault.faultClass === 'fatal' && LOST.test(String(error));

/** Columns come by name, in the order of the statement; ours have no two of one name. */
const rowsOf = (rows: Record<string, unknown>[]): Rows =>
  rows.map((row) => Object.values(row) as Value[]);
