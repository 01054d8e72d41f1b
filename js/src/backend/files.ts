// Where the package's files are. Bundlers move the code and leave them behind; then they are
// looked for beside the bundle, and where the program that runs would find the package.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import process from 'node:process';
import { CoinPayError } from '../errors.js';

/** The address of a file of the package; bundled as CommonJS, a module has none. */
type Here = string | undefined;

/** From where names of packages are resolved, one after the other. */
export function requires(here: Here): NodeJS.Require[] {
  const program = process.argv[1];
  const places = [`${pathToFileURL(process.cwd())}/program.js`];
  if (program) places.unshift(pathToFileURL(program).href);
  if (here) places.unshift(here);
  return places.map((place) => createRequire(place));
}

/** A WebAssembly module of the package; `here` is the address of the file that wants it. */
export function wasmFile(name: string, here: Here): Uint8Array<ArrayBuffer> {
  const program = process.argv[1];
  const near = program ? [join(dirname(program), name)] : [];
  if (here) {
    near.unshift(...[`../wasm/${name}`, name].map((path) => fileURLToPath(new URL(path, here))));
  }
  const path = near.find(existsSync) ?? inPackage(name, here);
  if (path) return new Uint8Array(readFileSync(path));
  const why = `${name} is not there: copy it from coinpay-embed/dist/wasm to where the bundle is`;
  throw new CoinPayError('invalid_configuration', why);
}

function inPackage(name: string, here: Here): string | undefined {
  for (const require of requires(here)) {
    try {
      return require.resolve(`coinpay-embed/wasm/${name}`);
    } catch {
      // There may be another place.
    }
  }
  return undefined;
}
