import type { OperationHandle, ShopHandle } from './backend/backend.js';
import { NOTHING } from './bytes.js';
import { CoinPayError } from './errors.js';
import { faultOf, type Executor, type Statement } from './executor.js';
import { answerDocument, send, type CoreRequest, type Fetch } from './transport.js';

/** What carries out the steps of a shop's operations. */
export interface Host {
  shop: ShopHandle;
  executor: Executor;
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
  const randomness = crypto.getRandomValues(new Uint8Array(32));
  const text = JSON.stringify(document ?? {});
  const handle = host.shop.start(operation, text, body, host.now(), randomness);
  try {
    return await turn(host, handle);
  } finally {
    handle.free();
  }
}

async function turn(host: Host, handle: OperationHandle): Promise<unknown> {
  let position = JSON.parse(handle.step()) as Step | Done;
  while (!('done' in position)) {
    const [answer, bytes] = await carryOut(host, position);
    const answered = { step: position.step, now_ms: host.now(), ...answer };
    position = JSON.parse(handle.answer(JSON.stringify(answered), bytes)) as Step | Done;
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
