import type { OperationHandle, ShopHandle, StoreHandle } from './backend/backend.js';
import { NOTHING } from './bytes.js';
import { CoinPayError } from './errors.js';
import { faultOf, type Executor, type Statement } from './executor.js';
import { answerDocument, send, type CoreRequest, type Fetch } from './transport.js';

/** What carries out the steps of a shop's operations. */
export interface Host {
  shop: ShopHandle;
  executor: Executor;
  /** The same database, where it runs operations by itself. */
  store?: StoreHandle | undefined;
  fetch: Fetch;
  apiKey: string;
  baseUrl: string;
  now: () => number;
}

type Step = { step: number } & (
  | { request: 'http'; with: CoreRequest }
  | { request: 'load' | 'commit'; with: Statement[] }
  | { request: 'wait'; with: number }
);

type Done = { done: true; output?: unknown; error?: { code: string; message: string } };

/** Runs an operation to its end: awaits each step and hands the answer back. */
export async function drive(
  host: Host,
  operation: string,
  document: unknown,
  body: Uint8Array = NOTHING,
): Promise<unknown> {
  const handle = begin(host, operation, JSON.stringify(document ?? {}), body);
  try {
    return await turn(host, handle);
  } finally {
    handle.free();
  }
}

function begin(host: Host, operation: string, text: string, body: Uint8Array): OperationHandle {
  if (host.store) return host.store.begin(host.shop, operation, text, body);
  const randomness = crypto.getRandomValues(new Uint8Array(32));
  return host.shop.start(operation, text, body, host.now(), randomness);
}

async function turn(host: Host, handle: OperationHandle): Promise<unknown> {
  let position = JSON.parse(await handle.step()) as Step | Done;
  while (!('done' in position)) {
    const [answer, bytes] = await carryOut(host, position);
    const answered = { step: position.step, now_ms: host.now(), ...answer };
    const next = await handle.answer(JSON.stringify(answered), bytes);
    position = JSON.parse(next) as Step | Done;
  }
  if (position.error) throw CoinPayError.of(position.error);
  return position.output;
}

async function carryOut(host: Host, step: Step): Promise<[Record<string, unknown>, Uint8Array]> {
  switch (step.request) {
    case 'http':
      return answerDocument(await send(host.fetch, step.with, host.apiKey, host.baseUrl));
    case 'load':
      try {
        return [{ answer: 'rows', rows: await host.executor.load(step.with) }, NOTHING];
      } catch (error) {
        return [{ answer: 'load_fault', fault: faultOf(error) }, NOTHING];
      }
    case 'commit':
      try {
        await host.executor.commit(step.with);
        return [{ answer: 'committed' }, NOTHING];
      } catch (error) {
        return [{ answer: 'commit_fault', fault: faultOf(error) }, NOTHING];
      }
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, step.with));
      return [{ answer: 'elapsed' }, NOTHING];
  }
}
