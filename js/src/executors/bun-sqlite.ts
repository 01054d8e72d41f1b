// @ts-ignore -- Bun's own module; its types come with Bun
import { Database } from 'bun:sqlite';
import type { Executor, Value } from '../executor.js';
import { fileExecutor, makeFile } from './sqlite-file.js';
import { faultOfCode, faultOfMessage } from './sqlite-fault.js';

/** What is used of `bun:sqlite`. */
interface BunDatabase {
  run(sql: string): void;
  prepare(sql: string): { values(...params: Value[]): Value[][]; finalize(): void };
  close(): void;
}

/** Orders in a SQLite file, by Bun's own SQLite. The file is for this library alone. */
export function bunSqliteExecutor(path: string): Executor {
  makeFile(path);
  const database = new Database(path) as BunDatabase;
  return fileExecutor({
    run: (sql) => database.run(sql),
    rows: (sql, params) => {
      const statement = database.prepare(sql);
      try {
        return statement.values(...params);
      } finally {
        statement.finalize();
      }
    },
    fault: (error) => {
      const code = (error as { errno?: unknown }).errno;
      return typeof code === 'number' && code > 0
        ? faultOfCode(code, error)
        : faultOfMessage(error);
    },
    close: () => database.close(),
  });
}
