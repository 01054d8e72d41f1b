import { createRequire } from 'node:module';
import { CoinPayError } from '../errors.js';
import type { Executor, Value } from '../executor.js';
import { fileExecutor, makeFile } from './sqlite-file.js';
import { faultOfCode, faultOfMessage } from './sqlite-fault.js';

interface Prepared {
  /** Newer than the rest. */
  setReturnArrays?(on: boolean): void;
  all(...params: Value[]): (Value[] | Record<string, Value>)[];
}

/**
 * Orders in a SQLite file, by the `node:sqlite` of Node 22.5 and newer or of Deno. The file is for
 * this library alone. Calls run on the calling thread.
 *
 * @throws {CoinPayError} `store_unavailable` on an older Node
 */
export function nodeSqliteExecutor(path: string): Executor {
  const DatabaseSync = databaseClass();
  makeFile(path);
  const database = new DatabaseSync(path);
  return fileExecutor({
    run: (sql) => database.exec(sql),
    rows: (sql, params) => {
      const statement = database.prepare(sql) as unknown as Prepared;
      // By name, a second column of one name would hide the first.
      statement.setReturnArrays?.(true);
      const rows = statement.all(...params);
      return rows.map((row) => (Array.isArray(row) ? row : Object.values(row)));
    },
    fault: (error) => {
      const code = (error as { errcode?: unknown }).errcode;
      return typeof code === 'number' ? faultOfCode(code, error) : faultOfMessage(error);
    },
    close: () => database.close(),
  });
}

/** Asked for when it is needed: a bundle has to load where it is not there. */
function databaseClass(): typeof import('node:sqlite').DatabaseSync {
  try {
    const sqlite = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
    return sqlite.DatabaseSync;
  } catch (cause) {
    const why =
      'database: this Node has no SQLite of its own, and the WebAssembly backend has none; ' +
      'install the native addon, use Node 22.5 or newer, or pass an executor';
    throw new CoinPayError('store_unavailable', why, { cause });
  }
}
