import { closeSync, openSync } from 'node:fs';
import { StoreFault, type Executor, type Rows, type Statement, type Value } from '../executor.js';

/** One open connection to a SQLite file, of whichever library. */
export interface Connection {
  run(sql: string): void;
  rows(sql: string, params: Value[]): Value[][];
  fault(error: unknown): StoreFault;
  close(): void;
}

/** Only the owner may read orders. The file is made so before SQLite does it its own way. */
export function makeFile(path: string): void {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
}

/** An executor over a connection: WAL, durable commits, one transaction for each call. */
export function fileExecutor(connection: Connection): Executor {
  connection.run('PRAGMA busy_timeout = 5000');
  connection.run('PRAGMA journal_mode = WAL');
  connection.run('PRAGMA synchronous = FULL');
  const transaction = (begin: string, statements: Statement[]): Rows[] => {
    let committing = false;
    try {
      connection.run(begin);
      const rows = statements.map(({ sql, params }) => connection.rows(sql, params));
      committing = true;
      connection.run('COMMIT');
      return rows;
    } catch (error) {
      const fault = connection.fault(error);
      const undone = rolledBack(connection);
      // SQLite ended the transaction by itself: the last frame may have reached the disk.
      throw committing && !undone ? new StoreFault('unknown', fault.code, error) : fault;
    }
  };
  return {
    dialect: 'sqlite',
    load: (statements) => transaction('BEGIN', statements),
    commit: (statements) => {
      transaction('BEGIN IMMEDIATE', statements);
    },
    close: () => connection.close(),
  };
}

function rolledBack(connection: Connection): boolean {
  try {
    connection.run('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}
