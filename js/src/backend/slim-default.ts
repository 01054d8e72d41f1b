// Node, Deno and Bun: the module's bytes come from the file beside this one.
import { readFileSync } from 'node:fs';
import * as glue from '../wasm/slim.js';
import { slimBackend } from './wasm.js';

export const backend = slimBackend(
  glue,
  readFileSync(new URL('../wasm/slim.wasm', import.meta.url)),
);
