import * as glue from '../wasm/page.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/page.wasm?module';
import { Guard } from './wasm.js';

export { glue };
export const guard = new Guard(glue, module as WebAssembly.Module);
