import { calls } from '#calls';
import { bytesOf, NOTHING } from './bytes.js';
import { outputOf } from './errors.js';

/** Which build of the core runs here, and why. */
export const { name, reason } = calls;

/** Any pure call of the core by its name, with arguments in the words of its documents. */
export const call = (name: string, args: unknown, body: string | Uint8Array = NOTHING): unknown =>
  outputOf(calls.call(name, JSON.stringify(args), bytesOf(body)));
