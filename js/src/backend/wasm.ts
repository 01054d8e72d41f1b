import { CoinPayError } from '../errors.js';
import type { Backend, Calls, OperationHandle, ShopHandle, WebhookBackend } from './backend.js';

/** What wasm-bindgen writes beside each module. */
interface Instance {
  initSync(from: { module: WebAssembly.Module | BufferSource }): unknown;
  /** Throws the instance away, with all that it remembers, and makes a fresh one. */
  __wbg_reset_state(): void;
}

export interface SlimGlue extends Instance {
  verify_webhook(
    body: Uint8Array,
    header: string,
    secrets: string,
    nowMs: number,
    toleranceS: number,
  ): string;
  parse_webhook(body: Uint8Array): string;
  sign_webhook(body: Uint8Array, secret: string, timestampS: number): string;
}

export interface ShopGlue extends Instance {
  Shop: new (configuration: string, dialect: string) => GlueShop;
}

export interface CallsGlue extends SlimGlue {
  call(name: string, args: string, body: Uint8Array): string;
}

interface GlueShop {
  start(
    name: string,
    document: string,
    body: Uint8Array,
    nowMs: number,
    randomness: Uint8Array,
  ): OperationHandle;
}

type Source = WebAssembly.Module | BufferSource;
/** A module, or how to come by it when it is first wanted. */
type Wanted = Source | (() => Source);

/**
 * Runs calls in one instance. Whatever traps ends the instance: its memory cannot be trusted, so
 * a fresh one takes its place, and what had begun in the old one is over.
 */
export class Guard {
  /** Counts instances; what was made in another one is gone. */
  generation = 0;

  #source: Wanted | undefined;

  constructor(
    private readonly glue: Instance,
    source: Wanted,
  ) {
    this.#source = source;
  }

  run<T>(call: () => T): T {
    if (this.#source) this.#start(this.#source);
    try {
      return call();
    } catch (error) {
      // A text is an error that the core says; anything else ended the instance.
      if (typeof error === 'string') throw CoinPayError.read(error);
      this.generation += 1;
      this.glue.__wbg_reset_state();
      throw new CoinPayError('internal', 'The core stopped in the middle of a call.', {
        cause: error,
      });
    }
  }

  #start(source: Wanted): void {
    this.glue.initSync({ module: typeof source === 'function' ? source() : source });
    this.#source = undefined;
  }
}

export function slimBackend(glue: SlimGlue, source: Wanted): WebhookBackend {
  return webhooks(glue, new Guard(glue, source));
}

export function wasmBackend(glue: ShopGlue, source: Wanted, reason: string): Backend {
  const guard = new Guard(glue, source);
  return {
    name: 'wasm',
    reason,
    openShop: (configuration, dialect) => openShop(glue, guard, configuration, dialect),
  };
}

export function wasmCalls(glue: CallsGlue, source: Wanted, reason: string): Calls {
  const guard = new Guard(glue, source);
  return {
    name: 'wasm',
    reason,
    ...webhooks(glue, guard),
    call: (name, args, body) => guard.run(() => glue.call(name, args, body)),
  };
}

export function openShop(
  glue: ShopGlue,
  guard: Guard,
  configuration: string,
  dialect: string,
): ShopHandle {
  return new WasmShop(glue, guard, configuration, dialect);
}

function webhooks(glue: SlimGlue, guard: Guard): WebhookBackend {
  return {
    verifyWebhook: (body, header, secrets, nowMs, toleranceS) =>
      guard.run(() => glue.verify_webhook(body, header, secrets, nowMs, toleranceS)),
    parseWebhook: (body) => guard.run(() => glue.parse_webhook(body)),
    signWebhook: (body, secret, timestampS) =>
      guard.run(() => glue.sign_webhook(body, secret, timestampS)),
  };
}

/** A shop that is made again in a fresh instance. */
class WasmShop implements ShopHandle {
  private shop: GlueShop;
  private generation: number;

  constructor(
    private readonly glue: ShopGlue,
    private readonly guard: Guard,
    private readonly configuration: string,
    private readonly dialect: string,
  ) {
    this.shop = guard.run(() => new glue.Shop(configuration, dialect));
    this.generation = guard.generation;
  }

  start(
    name: string,
    document: string,
    body: Uint8Array,
    nowMs: number,
    randomness: Uint8Array,
  ): OperationHandle {
    const { guard } = this;
    if (this.generation !== guard.generation) {
      this.shop = guard.run(() => new this.glue.Shop(this.configuration, this.dialect));
      this.generation = guard.generation;
    }
    const { generation } = this;
    const operation = guard.run(() => this.shop.start(name, document, body, nowMs, randomness));
    const alive = <T>(call: () => T): T => {
      if (generation !== guard.generation) {
        throw new CoinPayError('internal', 'The core was restarted during this operation.');
      }
      return guard.run(call);
    };
    return {
      step: () => alive(() => operation.step()),
      answer: (answer, bytes) => alive(() => operation.answer(answer, bytes)),
      free: () => {
        if (generation === guard.generation) operation.free();
      },
    };
  }
}
