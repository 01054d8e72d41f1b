import type { Executor, Rows, Statement, Value } from '../executor.js';
import { faultOfMessage } from './sqlite-fault.js';

/** What is used of a Durable Object's `ctx.storage`; the object has to be one with SQLite. */
export interface DurableObjectStorage {
  sql: {
    exec(sql: string, ...values: unknown[]): { raw(): { toArray(): unknown[][] } };
  };
  transactionSync<T>(run: () => T): T;
  sync(): Promise<void>;
}

/** Orders in the object's own SQLite: no other object and no other request is ever in between. */
export function durableObjectExecutor(storage: DurableObjectStorage): Executor {
  const run = ({ sql, params }: Statement) =>
    storage.sql
      .exec(sql, ...params)
      .raw()
      .toArray();
  const all = (statements: Statement[]): Rows[] => {
    try {
      return storage.transactionSync(() => statements.map((one) => run(one) as Value[][]));
    } catch (error) {
      throw faultOfMessage(error);
    }
  };
  return {
    dialect: 'sqlite',
    load: all,
    async commit(statements) {
      all(statements);
      // The platform holds back answers until writes are safe; this waits for it by itself too.
      await storage.sync();
    },
  };
}
