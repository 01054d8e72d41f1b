// How large each module may be, in bytes after brotli at its best: what a host downloads.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const KB = 1000;
// 160 KB for `full` and 40 KB for `slim` are the goals; the rest keeps what was reached.
const MOST = {
  full: 160 * KB,
  client: 71 * KB,
  slim: 34 * KB,
  browser: 25.5 * KB,
  page: 66 * KB,
  desk: 146 * KB,
};

export function checkSizes(folder) {
  const failures = [];
  for (const [name, most] of Object.entries(MOST)) {
    const bytes = readFileSync(join(folder, 'dist/wasm', `${name}.wasm`));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
    const size = brotliCompressSync(bytes, { params }).length;
    console.log(`${name}.wasm: ${size} bytes after brotli, of at most ${most}`);
    if (size > most) failures.push(`${name} has ${size} bytes after brotli, not ${most}`);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    for (const { module } of imports.filter((one) => one.module === 'env')) {
      failures.push(`${name} imports from ${module}`);
    }
  }
  return { executed: Object.keys(MOST).length, failures };
}
