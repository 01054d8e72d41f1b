// Node, Deno and Bun: the addon has the operator's view in it; elsewhere the module's bytes come
// from the file beside this one, when they are first wanted.
import { backend } from '#backend';
import * as glue from '../wasm/desk.js';
import type { OpenDesk } from './backend.js';
import { wasmFile } from './files.js';
import { Guard, openShop } from './wasm.js';

const here = import.meta.url;
const guard = new Guard(glue, () => wasmFile('desk.wasm', here));

export const openDesk: OpenDesk = (configuration, dialect) => {
  if (backend.name === 'addon') return null;
  return openShop(glue, guard, configuration, dialect);
};
