// Vercel's edge runtime: the same as Workers, by its own spelling of the import.
import * as glue from '../wasm/slim.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/slim.wasm?module';
import { slimBackend } from './wasm.js';

export const backend = slimBackend(glue, module as WebAssembly.Module);
