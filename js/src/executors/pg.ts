import { StoreFault, type Executor, type Value } from '../executor.js';
import { integer, serverExecutor, Silence, type Link, type Meaning } from './transactions.js';

/** What is used of a `Pool` of the package `pg`. */
export interface PgPool {
  connect(): Promise<PgClient>;
}

export interface PgClient {
  query(text: string): Promise<unknown>;
  query(query: PgQuery): Promise<PgResult>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  /** `true` ends the connection. */
  release(destroy?: boolean): void;
}

export interface PgQuery {
  text: string;
  values: Value[];
  rowMode: 'array';
  types: { getTypeParser(): (text: string) => string };
}

export interface PgResult {
  rows: unknown[][];
  fields: { dataTypeID: number }[];
}

// Kept to the transaction, so that the shop's own queries on this connection are as before.
const SETTINGS = [
  'SET LOCAL synchronous_commit = on',
  "SET LOCAL lock_timeout = '5s'",
  "SET LOCAL statement_timeout = '15s'",
];
const BEGIN = {
  load: ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...SETTINGS].join('; '),
  commit: ['BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', ...SETTINGS].join('; '),
};

// int8, int2, int4.
const INTEGERS = new Set([20, 21, 23]);
// name, text, unknown, bpchar, varchar.
const TEXTS = new Set([19, 25, 705, 1042, 1043]);

/**
 * Orders in PostgreSQL, through the shop's own pool of the package `pg`. A connection is taken for
 * each transaction and given back as it was.
 */
export function pgExecutor(pool: PgPool): Executor {
  return serverExecutor({
    dialect: 'postgres',
    open: async () => linkOf(await pool.connect()),
    meaningOf,
  });
}

function linkOf(client: PgClient): Link {
  // A connection that breaks while it is ours would end the process, if nobody heard of it; the
  // query that was under way fails too.
  const hear = () => undefined;
  client.on('error', hear);
  const release = (destroy: boolean) => {
    client.removeListener('error', hear);
    // What it says on its way out is nobody's concern either.
    if (destroy) client.on('error', hear);
    client.release(destroy);
  };
  return {
    begin: async (kind) => void (await client.query(BEGIN[kind])),
    async run({ sql, params }) {
      const types = { getTypeParser: () => (text: string) => text };
      const { rows, fields } = await client.query({
        text: sql,
        values: params,
        rowMode: 'array',
        types,
      });
      const kinds = fields.map(({ dataTypeID }) => dataTypeID);
      return () => rows.map((row) => row.map((cell, at) => valueOf(cell, kinds[at])));
    },
    async commit() {
      const { command } = (await client.query('COMMIT')) as { command?: string };
      // What failed before ends in a ROLLBACK that calls itself done.
      if (command !== 'COMMIT') throw new StoreFault('retry', '25P02');
    },
    rollback: async () => void (await client.query('ROLLBACK')),
    release: () => release(false),
    destroy: () => release(true),
  };
}

function valueOf(cell: unknown, kind: number | undefined): Value {
  if (cell === null) return null;
  if (kind !== undefined && INTEGERS.has(kind)) return integer(String(cell));
  if (kind !== undefined && TEXTS.has(kind)) return String(cell);
  throw new StoreFault('fatal', 'UNKNOWN_TYPE');
}

const CONFLICT = new Set(['23505', '23514']);
const RETRY = new Set([
  ...['40001', '40P01', '55P03', '57014', '53300', '57P03', '57P01', '57P02', '25P03'],
  // Two of a race of CREATE TABLE, and a plan that the server no longer knows.
  ...['42P07', '42710', '0A000', '26000'],
]);

function meaningOf(error: unknown): Meaning {
  if (error instanceof StoreFault) {
    return { faultClass: error.faultClass, code: error.code, lost: false };
  }
  if (error instanceof Silence) return { faultClass: 'retry', code: 'NO_ANSWER', lost: true };
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  // Only the server gives a severity; all else is the driver's word that there is no server.
  if (typeof code !== 'string' || typeof severity !== 'string') {
    return { faultClass: 'retry', code: 'CONNECTION_LOST', lost: true };
  }
  const faultClass = CONFLICT.has(code) ? 'conflict' : RETRY.has(code) ? 'retry' : 'fatal';
  const ends = severity === 'FATAL' || severity === 'PANIC' || code.startsWith('08');
  return { faultClass, code, lost: ends };
}
