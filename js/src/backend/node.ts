import * as glue from '../wasm/full.js';
import { addonBackend } from './addon.js';
import { wasmFile } from './files.js';
import { chosen } from './native.js';
import { wasmBackend } from './wasm.js';

const here = import.meta.url;
const { native, reason } = chosen;

export const backend = native
  ? addonBackend(native, reason)
  : wasmBackend(glue, () => wasmFile('full.wasm', here), reason);
