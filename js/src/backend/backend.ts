/**
 * What the package needs of the core, whichever build of it answers: WebAssembly here, a native
 * addon elsewhere. Texts are JSON documents, bodies are bytes; no call waits or asks for anything.
 */
export interface Backend {
  readonly name: 'wasm' | 'addon';
  /** Why this one runs, for people. */
  readonly reason: string;
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
  openShop(configuration: string, dialect: Dialect): ShopHandle;
}

/** The slim build: webhooks and nothing else. */
export type WebhookBackend = Pick<Backend, 'verifyWebhook' | 'parseWebhook' | 'signWebhook'>;

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

/** An operation on its way: a step is asked for, its answer handed in, until it is done. */
export interface OperationHandle {
  step(): string;
  answer(document: string, body: Uint8Array): string;
  /** Leaves it where it stands, which equals a crash at this step. */
  free(): void;
}
