import { CoinPayError } from '../errors.js';
import { StoreFault, type FaultClass, type Rows, type Statement } from '../executor.js';
import type {
  Backend,
  Calls,
  Dialect,
  OperationHandle,
  ShopHandle,
  StoreHandle,
} from './backend.js';

/** What the addon exports. */
export interface Native {
  version(): string;
  verifyWebhook: Calls['verifyWebhook'];
  parseWebhook: Calls['parseWebhook'];
  signWebhook: Calls['signWebhook'];
  call: Calls['call'];
  checkWebhook(
    texts: Uint8Array,
    secret: number,
    header: number,
    body: Uint8Array,
    nowMs: number,
    toleranceS: number,
  ): number;
  checkWebhookText(
    texts: Uint8Array,
    secret: number,
    header: number,
    body: number,
    nowMs: number,
    toleranceS: number,
  ): number;
  Shop: new (configuration: string, dialect: string) => NativeShop;
  Store: new (database: string, callback: Callback) => NativeStore;
}

interface NativeShop {
  start(
    name: string,
    document: string,
    body: Uint8Array,
    nowMs: number,
    randomness: Uint8Array,
  ): OperationHandle;
}

interface NativeStore {
  readonly dialect: Dialect;
  begin(number: number, shop: NativeShop, name: string, document: string, body: Uint8Array): void;
  answer(number: number, document: string, body: Uint8Array): void;
  leave(number: number): void;
  load(number: number, statements: string): void;
  commit(number: number, statements: string): void;
  close(): void;
}

type Callback = (number: number, document: string, over: boolean) => void;

/** An error that the core says is an exception with a document for a message. */
function run<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (text.startsWith('{"error":')) throw CoinPayError.read(text);
    throw new CoinPayError('internal', 'The core stopped in the middle of a call.', {
      cause: error,
    });
  }
}

export function addonBackend(native: Native, reason: string): Backend {
  return {
    name: 'addon',
    reason,
    openShop: (configuration, dialect) => new AddonShop(native, configuration, dialect),
    openStore: (database) => AddonStore.open(native, database),
  };
}

export function addonCalls(native: Native, reason: string): Calls {
  return {
    name: 'addon',
    reason,
    verifyWebhook: (...args) => run(() => native.verifyWebhook(...args)),
    parseWebhook: (body) => run(() => native.parseWebhook(body)),
    signWebhook: (...args) => run(() => native.signWebhook(...args)),
    checkWebhook: checker(native),
    call: (name, args, body) => run(() => native.call(name, args, body)),
  };
}

/** More than header and secret take, and most bodies. */
const SCRATCH_BYTES = 16 * 1024;
const BYTES_OF_A_CHARACTER = 3;

/** Crossing into the addon costs more than the check, and a text costs more than bytes. */
function checker(native: Native): NonNullable<Calls['checkWebhook']> {
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  // It begins with the secret, which is mostly the one of the call before.
  let [written, first] = ['', 0];
  return (body, header, secret, nowMs, toleranceS) => {
    const texts = header.length + secret.length + (typeof body === 'string' ? body.length : 0);
    if (texts * BYTES_OF_A_CHARACTER > SCRATCH_BYTES) return -1;
    if (secret !== written) [written, first] = [secret, scratch.write(secret)];
    const second = scratch.write(header, first);
    if (typeof body !== 'string') {
      return native.checkWebhook(scratch, first, second, body, nowMs, toleranceS);
    }
    const third = scratch.write(body, first + second);
    return native.checkWebhookText(scratch, first, second, third, nowMs, toleranceS);
  };
}

class AddonShop implements ShopHandle {
  readonly native: NativeShop;

  constructor(addon: Native, configuration: string, dialect: string) {
    this.native = run(() => new addon.Shop(configuration, dialect));
  }

  start(...args: Parameters<NativeShop['start']>): OperationHandle {
    const operation = run(() => this.native.start(...args));
    return {
      step: () => run(() => operation.step()),
      answer: (document, body) => run(() => operation.answer(document, body)),
      free: () => operation.free(),
    };
  }
}

/** The number under which opening and closing answer. */
const ITSELF = 0;
const LAST_NUMBER = 0xffff_ffff;
const FOR_GOOD = 0x7fff_ffff;
/**
 * Commits share a transaction, so their answers come in one bunch, and what follows from each is
 * done at once: more than this in a turn of the event loop would hold up everything else.
 */
const MOST_IN_A_TURN = 4;

type Hear = (document: string, over: boolean) => void;

/** A database of the core's own, on threads of the addon's. */
class AddonStore implements StoreHandle {
  readonly #native: NativeStore;
  readonly #hearing = new Map<number, Hear>();
  /** Keeps the process alive while there is something to wait for, and only then. */
  readonly #waiting = setInterval(() => undefined, FOR_GOOD).unref();
  #number = ITSELF;
  /** Answers that nobody has heard yet. */
  readonly #answers: (() => void)[] = [];
  #isTelling = false;

  private constructor(addon: Native, database: string) {
    this.#native = run(
      () =>
        new addon.Store(database, (number, document, over) => {
          const hear = this.#hearing.get(number);
          this.#forget(number);
          if (hear) this.#answers.push(() => hear(document, over));
          if (!this.#isTelling) this.#tellSoon();
        }),
    );
  }

  static async open(addon: Native, database: string): Promise<AddonStore> {
    const store = new AddonStore(addon, database);
    try {
      outputOf(await store.#itself());
    } catch (error) {
      clearInterval(store.#waiting);
      throw error;
    }
    return store;
  }

  get dialect(): Dialect {
    return this.#native.dialect;
  }

  begin(shop: ShopHandle, operation: string, document: string, body: Uint8Array) {
    const number = this.#next();
    let over = false;
    const asked = (ask: () => void) =>
      new Promise<string>((resolve) => {
        this.#hear(number, (text, ended) => {
          over = ended;
          resolve(text);
        });
        run(ask);
      });
    const { native } = shop as AddonShop;
    const first = asked(() => this.#native.begin(number, native, operation, document, body));
    return {
      step: () => first,
      answer: (answer: string, bytes: Uint8Array) =>
        asked(() => this.#native.answer(number, answer, bytes)),
      free: () => {
        if (!over) this.#native.leave(number);
      },
    };
  }

  async load(statements: Statement[]): Promise<Rows[]> {
    const text = JSON.stringify(statements);
    return outputOf(await this.#ask((number) => this.#native.load(number, text)));
  }

  async commit(statements: Statement[]): Promise<void> {
    const text = JSON.stringify(statements);
    outputOf(await this.#ask((number) => this.#native.commit(number, text)));
  }

  /** Comes back when what was begun is done and the files are closed. */
  async close(): Promise<void> {
    const closed = this.#itself();
    this.#native.close();
    await closed;
    clearInterval(this.#waiting);
  }

  #tellSoon(): void {
    this.#isTelling = this.#answers.length > 0;
    if (!this.#isTelling) return;
    setImmediate(() => {
      for (const tell of this.#answers.splice(0, MOST_IN_A_TURN)) tell();
      this.#tellSoon();
    });
  }

  #itself(): Promise<string> {
    return new Promise((resolve) => this.#hear(ITSELF, resolve));
  }

  #ask(ask: (number: number) => void): Promise<string> {
    const number = this.#next();
    return new Promise((resolve) => {
      this.#hear(number, resolve);
      run(() => ask(number));
    });
  }

  #next(): number {
    do {
      this.#number = this.#number === LAST_NUMBER ? 1 : this.#number + 1;
    } while (this.#hearing.has(this.#number));
    return this.#number;
  }

  #hear(number: number, hear: Hear): void {
    if (this.#hearing.size === 0) this.#waiting.ref();
    this.#hearing.set(number, hear);
  }

  #forget(number: number): void {
    this.#hearing.delete(number);
    if (this.#hearing.size === 0) this.#waiting.unref();
  }
}

function outputOf<T>(text: string): T {
  const outcome = JSON.parse(text) as {
    output?: T;
    error?: unknown;
    fault?: { class: FaultClass; code: string };
  };
  if (outcome.error) throw CoinPayError.read(text);
  if (outcome.fault) throw new StoreFault(outcome.fault.class, outcome.fault.code);
  return outcome.output as T;
}
