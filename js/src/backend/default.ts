// Node, Deno and Bun: the module's bytes come from the file beside this one.
import { readFileSync } from 'node:fs';
import * as glue from '../wasm/full.js';
import { wasmBackend } from './wasm.js';

export const backend = wasmBackend(
  glue,
  readFileSync(new URL('../wasm/full.wasm', import.meta.url)),
  'This platform has no native build of the core in this package.',
);
