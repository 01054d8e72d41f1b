import * as glue from '../wasm/desk.js';
// @ts-ignore -- a WebAssembly.Module, by the platform's own kind of import
import module from '../wasm/desk.wasm?module';
import type { OpenDesk } from './backend.js';
import { Guard, openShop } from './wasm.js';

const guard = new Guard(glue, module as WebAssembly.Module);

export const openDesk: OpenDesk = (configuration, dialect) =>
  openShop(glue, guard, configuration, dialect);
