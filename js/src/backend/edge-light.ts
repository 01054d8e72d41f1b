// Vercel's edge runtime: the same as Workers, by its own spelling of the import.
import * as glue from '../wasm/full.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/full.wasm?module';
import { wasmBackend } from './wasm.js';

export const backend = wasmBackend(
  glue,
  module as WebAssembly.Module,
  'Edge functions run WebAssembly only.',
);
