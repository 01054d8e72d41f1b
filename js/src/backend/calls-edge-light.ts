// Vercel's edge runtime: the same as Workers, by its own spelling of the import.
import * as glue from '../wasm/client.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/client.wasm?module';
import { wasmCalls } from './wasm.js';

export const calls = wasmCalls(
  glue,
  module as WebAssembly.Module,
  'Edge functions run WebAssembly only.',
);
