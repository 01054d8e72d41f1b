import type { Executor } from './executor.js';

/** Bun's own SQLite. */
export const openSqlite = async (path: string): Promise<Executor> => {
  const { bunSqliteExecutor } = await import('./executors/bun-sqlite.js');
  return bunSqliteExecutor(path);
};
