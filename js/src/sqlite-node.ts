import type { Executor } from './executor.js';
import { nodeSqliteExecutor } from './executors/node-sqlite.js';

/** The SQLite of Node 22.5 and newer, or of Deno; it works on the calling thread. */
export const openSqlite = async (path: string): Promise<Executor> => nodeSqliteExecutor(path);
