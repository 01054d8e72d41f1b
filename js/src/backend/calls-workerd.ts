// Workers: the bundler uploads the module, which is compiled before the first request.
import * as glue from '../wasm/client.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/client.wasm';
import { wasmCalls } from './wasm.js';

export const calls = wasmCalls(glue, module as WebAssembly.Module, 'Workers run WebAssembly only.');
