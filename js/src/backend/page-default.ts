// Node, Deno and Bun: the module's bytes come from the file beside this one.
import { readFileSync } from 'node:fs';
import * as glue from '../wasm/page.js';
import { Guard } from './wasm.js';

export { glue };
export const guard = new Guard(glue, readFileSync(new URL('../wasm/page.wasm', import.meta.url)));
