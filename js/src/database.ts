import { backend } from '#backend';
import { openSqlite } from '#sqlite';
import { CoinPayError } from './errors.js';
import type { Executor } from './executor.js';

const SQLITE = 'sqlite:';

/**
 * What the setting `database` names. The addon brings SQLite, PostgreSQL and MySQL, each on
 * threads of its own; without it there is only the platform's own SQLite, if it has one.
 */
export async function openDatabase(database: string): Promise<Executor> {
  if (backend.openStore) return backend.openStore(database);
  if (database.startsWith(SQLITE)) return openSqlite(database.slice(SQLITE.length));
  const why =
    'database: without the native addon only sqlite:<file> can be opened; ' +
    'pass an executor, such as those of coinpay-embed/pg and coinpay-embed/mysql2';
  throw new CoinPayError('store_unavailable', why);
}
