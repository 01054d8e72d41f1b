// Workers: the bundler uploads the module, which is compiled before the first request.
import * as glue from '../wasm/slim.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/slim.wasm';
import { slimBackend } from './wasm.js';

export const backend = slimBackend(glue, module as WebAssembly.Module);
