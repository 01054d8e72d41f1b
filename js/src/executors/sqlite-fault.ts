import { StoreFault, type FaultClass } from '../executor.js';

// SQLite's extended result codes that say that somebody was faster.
const CONFLICTS = new Map([
  [275, 'SQLITE_CONSTRAINT_CHECK'],
  [1555, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
  [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
  [2579, 'SQLITE_CONSTRAINT_ROWID'],
]);
const BUSY = 5;
const LOCKED = 6;
const PROTOCOL = 15;

/** The fault of an extended result code. */
export function faultOfCode(code: number, cause: unknown): StoreFault {
  const conflict = CONFLICTS.get(code);
  if (conflict) return new StoreFault('conflict', conflict, cause);
  const primary = code & 0xff;
  const busy = primary === BUSY || primary === LOCKED || primary === PROTOCOL;
  return new StoreFault(busy ? 'retry' : 'fatal', `SQLITE_${code}`, cause);
}

/** The fault of a message, where the platform gives nothing else. Its text is not kept. */
export function faultOfMessage(error: unknown): StoreFault {
  const text = error instanceof Error ? error.message : String(error);
  const [faultClass, code] = classOf(text);
  return new StoreFault(faultClass, code, error);
}

function classOf(text: string): [FaultClass, string] {
  if (/CHECK constraint failed/i.test(text)) return ['conflict', 'SQLITE_CONSTRAINT_CHECK'];
  if (/UNIQUE constraint failed/i.test(text)) return ['conflict', 'SQLITE_CONSTRAINT_UNIQUE'];
  if (/constraint/i.test(text)) return ['fatal', 'SQLITE_CONSTRAINT'];
  if (/SQLITE_BUSY|SQLITE_LOCKED|database (table )?is locked/i.test(text)) {
    return ['retry', 'SQLITE_BUSY'];
  }
  return ['fatal', 'SQLITE_ERROR'];
}
