// Node, Deno and Bun: the module's bytes come from the file beside this one.
import * as glue from '../wasm/page.js';
import { wasmFile } from './files.js';
import { Guard } from './wasm.js';

const here = import.meta.url;

export { glue };
export const guard = new Guard(glue, () => wasmFile('page.wasm', here));
