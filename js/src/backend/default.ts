// Deno, Bun and other hosts: the module's bytes come from the file beside this one.
import * as glue from '../wasm/full.js';
import { wasmFile } from './files.js';
import { wasmBackend } from './wasm.js';

const here = import.meta.url;

export const backend = wasmBackend(
  glue,
  () => wasmFile('full.wasm', here),
  'This platform has no native build of the core in this package.',
);
