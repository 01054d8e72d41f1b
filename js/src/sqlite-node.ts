import { CoinPayError } from './errors.js';
import type { Executor } from './executor.js';

/** The SQLite of Node 22.5 and newer, or of Deno; it works on the calling thread. */
export const openSqlite = async (path: string): Promise<Executor> => {
  const { nodeSqliteExecutor } = await import('./executors/node-sqlite.js').catch(
    (error: unknown) => {
      const why =
        'database: the WebAssembly backend has no SQLite, and this Node has none of its own; ' +
        'install the native addon, use Node 22.5 or newer, or pass an executor';
      throw new CoinPayError('store_unavailable', why, { cause: error });
    },
  );
  return nodeSqliteExecutor(path);
};
