// Node: the addon of this platform, if it is installed; else WebAssembly.
import process from 'node:process';
import { CoinPayError } from '../errors.js';
import { VERSION } from '../generated/version.js';
import type { Native } from './addon.js';
import { requires } from './files.js';
import { addonPackages } from './platform.js';

const here = import.meta.url;

/** The addon, or only why there is none. */
export const chosen = choose(process.env['COINPAY_BACKEND'] || 'any');

interface Chosen {
  native?: Native;
  reason: string;
}

function choose(wanted: string): Chosen {
  if (wanted === 'wasm') return { reason: 'COINPAY_BACKEND asks for WebAssembly.' };
  if (wanted !== 'addon' && wanted !== 'any') {
    throw new CoinPayError('invalid_configuration', 'COINPAY_BACKEND: is addon or wasm');
  }
  const found = addon();
  if ('native' in found) {
    return { native: found.native, reason: `${found.from} is this platform's.` };
  }
  if (wanted === 'any') return { reason: `There is no native addon here: ${found.why}.` };
  throw new CoinPayError('invalid_configuration', `COINPAY_BACKEND: no addon: ${found.why}`);
}

type Found = { native: Native; from: string } | { why: string };

/** The addon that `COINPAY_ADDON` names, for development; else the one that npm installed. */
function addon(): Found {
  const path = process.env['COINPAY_ADDON'];
  const names = path ? [path] : addonPackages();
  if (names.length === 0) return { why: `none is built for ${process.platform}-${process.arch}` };
  const reasons: string[] = [];
  for (const name of names) {
    for (const require of requires(here)) {
      const found = loaded(require, name);
      if ('native' in found) return found;
      if (!reasons.includes(found.why)) reasons.push(found.why);
    }
  }
  return { why: reasons.join('; ') };
}

function loaded(require: NodeJS.Require, name: string): Found {
  try {
    const native = require(name) as Native;
    const version = native.version();
    if (version === VERSION) return { native, from: name };
    return { why: `${name} is version ${version}, and this package is ${VERSION}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'MODULE_NOT_FOUND';
    return { why: missing ? `${name} is not installed` : `${name} does not load (${message})` };
  }
}
