import { CoinPayError } from './errors.js';
import type { Executor } from './executor.js';

/** Here is no file to keep orders in. */
export const openSqlite = (_path: string): Promise<Executor> => {
  const why = 'database: this platform has no SQLite of its own; pass an executor';
  return Promise.reject(new CoinPayError('store_unavailable', why));
};
