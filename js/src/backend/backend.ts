import type { Executor } from '../executor.js';

/** Which build of the core answers: WebAssembly here, a native addon elsewhere. */
interface Build {
  readonly name: 'wasm' | 'addon';
  /** Why this one runs, for people. */
  readonly reason: string;
}

/** The engine's part of the core: shops, and their operations step by step. */
export interface Backend extends Build {
  openShop(configuration: string, dialect: Dialect): ShopHandle;
  /** Opens a database of the core's own; only a native build has any. */
  openStore?(database: string): Promise<StoreHandle>;
}

/**
 * The calls that need no shop. Texts are JSON documents, bodies are bytes; no call waits or asks for
 * anything.
 */
export interface Calls extends Build {
  verifyWebhook(
    body: Uint8Array,
    header: string,
    secrets: string,
    nowMs: number,
    toleranceS: number,
  ): string;
  parseWebhook(body: Uint8Array): string;
  signWebhook(body: Uint8Array, secret: string, timestampS: number): string;
  /** Any pure call by its name. */
  call(name: string, args: string, body: Uint8Array): string;
  /**
   * The time of the signature in seconds, where that costs less to say than a document; or -1,
   * mostly for a webhook that is refused: `verifyWebhook` says why.
   */
  checkWebhook?(
    body: string | Uint8Array,
    header: string,
    secret: string,
    nowMs: number,
    toleranceS: number,
  ): number;
}

/** The slim build: webhooks and nothing else. */
export type WebhookBackend = Pick<
  Calls,
  'verifyWebhook' | 'parseWebhook' | 'signWebhook' | 'checkWebhook'
>;

/** A database that runs operations by itself until they ask for the network or for time. */
export interface StoreHandle extends Executor {
  begin(shop: ShopHandle, operation: string, document: string, body: Uint8Array): OperationHandle;
}

export type Dialect = 'sqlite' | 'postgres' | 'mysql';

/** A shop's settings and statements, from which every operation starts. */
export interface ShopHandle {
  start(
    operation: string,
    document: string,
    body: Uint8Array,
    nowMs: number,
    randomness: Uint8Array,
  ): OperationHandle;
}

/**
 * A shop for what operators ask for, where the core's main build is without it; `null` where it is
 * not. On the edge only who imports `coinpay-embed/operators` or `coinpay-embed/dash` has one.
 */
export type OpenDesk = (configuration: string, dialect: Dialect) => ShopHandle | null;

/** One request to the operator's view, and its whole answer; see `core/src/dash/mod.rs`. */
export interface DashRequest {
  method: string;
  path: string;
  query: string;
  form: string;
  base: string;
  actor: string;
  csrf: string;
  nonce: string;
}

export interface DashAnswer {
  httpStatus: number;
  headers: [name: string, value: string][];
  body: string;
}

/** An operation on its way: a step is asked for, its answer handed in, until it is done. */
export interface OperationHandle {
  step(): string | Promise<string>;
  answer(document: string, body: Uint8Array): string | Promise<string>;
  /** Leaves it where it stands, which equals a crash at this step. */
  free(): void;
}
