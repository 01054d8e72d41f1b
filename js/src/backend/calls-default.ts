// Deno, Bun and other hosts: the module's bytes come from the file beside this one.
import * as glue from '../wasm/client.js';
import { wasmFile } from './files.js';
import { wasmCalls } from './wasm.js';

const here = import.meta.url;

export const calls = wasmCalls(
  glue,
  () => wasmFile('client.wasm', here),
  'This platform has no native build of the core in this package.',
);
