import * as glue from '../wasm/client.js';
import { addonCalls } from './addon.js';
import { wasmFile } from './files.js';
import { chosen } from './native.js';
import { wasmCalls } from './wasm.js';

const here = import.meta.url;
const { native, reason } = chosen;

export const calls = native
  ? addonCalls(native, reason)
  : wasmCalls(glue, () => wasmFile('client.wasm', here), reason);
