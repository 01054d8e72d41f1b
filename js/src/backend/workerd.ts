// Workers: the bundler uploads the module, which is compiled before the first request.
import * as glue from '../wasm/full.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/full.wasm';
import { wasmBackend } from './wasm.js';

export const backend = wasmBackend(
  glue,
  module as WebAssembly.Module,
  'Workers run WebAssembly only.',
);
