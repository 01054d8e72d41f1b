import type { Executor } from './executor.js';
import { bunSqliteExecutor } from './executors/bun-sqlite.js';

/** Bun's own SQLite. */
export const openSqlite = async (path: string): Promise<Executor> => bunSqliteExecutor(path);
