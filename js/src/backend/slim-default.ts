// Node, Deno and Bun: the module's bytes come from the file beside this one.
import * as glue from '../wasm/slim.js';
import { wasmFile } from './files.js';
import { slimBackend } from './wasm.js';

const here = import.meta.url;

export const backend = slimBackend(glue, () => wasmFile('slim.wasm', here));
