import { StoreFault, type Executor, type Statement, type Value } from '../executor.js';
import { integer, serverExecutor, Silence, type Link, type Meaning } from './transactions.js';

/** What is used of a pool of the package `mysql2/promise`. */
export interface Mysql2PromisePool {
  getConnection(): Promise<Mysql2Connection>;
}

/** A pool of the package `mysql2`, which has one of the other kind. */
export interface Mysql2Pool {
  promise(): Mysql2PromisePool;
}

export interface Mysql2Connection {
  query(query: Mysql2Query): Promise<[unknown, unknown]>;
  release(): void;
  destroy(): void;
}

export interface Mysql2Query {
  sql: string;
  rowsAsArray: true;
  nestTables: false;
  typeCast(field: { buffer(): Uint8Array | null }): Uint8Array | null;
}

/** Settings for a transaction of ours: `[name, value]`; the second list is MariaDB's alone. */
const SETTINGS: readonly [string, string][] = [
  ['sql_mode', "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"],
  ['unique_checks', '1'],
  ['innodb_lock_wait_timeout', '5'],
  ['character_set_results', 'utf8mb4'],
];
const MARIADB: readonly [string, string][] = [
  ['check_constraint_checks', '1'],
  ['max_statement_time', '15'],
];

const remembered = (name: string) => `@coinpay_${name}`;
const own = (list: readonly [string, string][]) =>
  list
    .map(([name, value]) => `${remembered(name)} = @@SESSION.${name}, SESSION ${name} = ${value}`)
    .join(', ');
const before = (list: readonly [string, string][]) =>
  list.map(([name]) => `SESSION ${name} = ${remembered(name)}`).join(', ');

const SET_OURS = `SET ${own(SETTINGS)} /*M!100600 , ${own(MARIADB)} */`;
const SET_THEIRS = `SET ${before(SETTINGS)} /*M!100600 , ${before(MARIADB)} */`;
const BEGIN = {
  load: [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
  ],
  commit: ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION READ WRITE'],
};

// TINY, SHORT, LONG, LONGLONG, INT24, and NEWDECIMAL: sums are decimals.
const INTEGERS = new Set([1, 2, 3, 8, 9, 246]);
// VARCHAR, the blobs, VAR_STRING, STRING.
const TEXTS = new Set([15, 249, 250, 251, 252, 253, 254]);

/**
 * Orders in MySQL or MariaDB, through the shop's own pool of the package `mysql2`. A connection is
 * taken for each transaction and given back with the settings that it had.
 */
export function mysql2Executor(pool: Mysql2PromisePool | Mysql2Pool): Executor {
  const source = 'promise' in pool ? pool.promise() : pool;
  return serverExecutor({
    dialect: 'mysql',
    open: async () => linkOf(await source.getConnection()),
    meaningOf,
  });
}

function linkOf(connection: Mysql2Connection): Link {
  let changed = false;
  // Bytes, whatever options the pool has for how values are to come.
  const send = (sql: string) =>
    connection.query({
      sql,
      rowsAsArray: true,
      nestTables: false,
      typeCast: (field) => field.buffer(),
    });
  return {
    async begin(kind) {
      changed = true;
      await send(SET_OURS);
      for (const sql of BEGIN[kind]) await send(sql);
    },
    async run(statement) {
      const [rows, fields] = await send(written(statement));
      return () => rowsOf(rows, fields);
    },
    commit: async () => void (await send('COMMIT')),
    rollback: async () => void (await send('ROLLBACK')),
    async release() {
      if (changed) await send(SET_THEIRS);
      connection.release();
    },
    destroy: () => connection.destroy(),
  };
}

/**
 * The statement with its values in their places, as digits: no SQL mode and no character set reads
 * those differently, and no value is ever read as SQL. What stands in quotes is left alone.
 */
function written({ sql, params }: Statement): string {
  let used = 0;
  const text = sql.replace(/'[^']*'|"[^"]*"|`[^`]*`|\?/g, (found) => {
    if (found !== '?') return found;
    const value = params[used];
    used += 1;
    if (value === undefined) throw new StoreFault('fatal', 'PARAMETER_COUNT');
    return literal(value);
  });
  if (used !== params.length) throw new StoreFault('fatal', 'PARAMETER_COUNT');
  return text;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return value < 0 ? `(${value})` : `${value}`;
  const digits = Array.from(encoder.encode(value), (byte) => byte.toString(16).padStart(2, '0'));
  return `_utf8mb4 X'${digits.join('')}'`;
}

function rowsOf(rows: unknown, fields: unknown): Value[][] {
  if (!Array.isArray(rows) || !Array.isArray(fields)) return [];
  const kinds = (fields as { columnType?: number }[]).map(({ columnType }) => columnType);
  return (rows as unknown[][]).map((row) => row.map((cell, at) => valueOf(cell, kinds[at])));
}

function valueOf(cell: unknown, kind: number | undefined): Value {
  if (cell === null) return null;
  if (!(cell instanceof Uint8Array) || kind === undefined) {
    throw new StoreFault('fatal', 'UNKNOWN_TYPE');
  }
  const text = textOf(cell);
  if (INTEGERS.has(kind)) return integer(text);
  if (TEXTS.has(kind)) return text;
  throw new StoreFault('fatal', 'UNKNOWN_TYPE');
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new StoreFault('fatal', 'INVALID_UTF8');
  }
}

const CONFLICT = new Set([1062, 1586, 3819, 4025]);
const RETRY = new Set([
  1020, 1040, 1203, 1226, 1047, 1205, 1213, 1969, 3024, 3101,
  // Two of a race of CREATE TABLE.
  1050, 1412,
]);
/** Shutdown, interrupted, killed, session killed, idle too long. */
const ENDS = new Set([1053, 1077, 1317, 1927, 3169, 4031]);

function meaningOf(error: unknown): Meaning {
  if (error instanceof StoreFault) {
    return { faultClass: error.faultClass, code: error.code, lost: false };
  }
  if (error instanceof Silence) return { faultClass: 'retry', code: 'NO_ANSWER', lost: true };
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown };
  // Only the server gives a state; all else is the driver's word that there is no server.
  if (typeof errno !== 'number' || typeof sqlState !== 'string') {
    return { faultClass: 'retry', code: 'CONNECTION_LOST', lost: true };
  }
  const faultClass = CONFLICT.has(errno) ? 'conflict' : RETRY.has(errno) ? 'retry' : 'fatal';
  return { faultClass, code: String(errno), lost: ENDS.has(errno) };
}
