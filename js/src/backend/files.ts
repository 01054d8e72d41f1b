// Where the package's files are. Bundlers move the code and leave them behind; then they are
// looked for beside the bundle, and where the program that runs would find the package.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import process from 'node:process';
import { CoinPayError } from '../errors.js';

/** From where names of packages are resolved, one after the other. */
export function requires(here: string): NodeJS.Require[] {
  const program = process.argv[1];
  const places = [here, `${pathToFileURL(process.cwd())}/program.js`];
  if (program) places.splice(1, 0, pathToFileURL(program).href);
  return places.map((place) => createRequire(place));
}

/** A WebAssembly module of the package; `here` is the address of the file that wants it. */
export function wasmFile(name: string, here: string): Uint8Array<ArrayBuffer> {
  const beside = [new URL(`../wasm/${name}`, here), new URL(name, here)].map((url) =>
    fileURLToPath(url),
  );
  const path = beside.find(existsSync) ?? inPackage(name, here);
  if (path) return new Uint8Array(readFileSync(path));
  const why = `${name} is not there: copy it from coinpay-embed/dist/wasm to where the bundle is`;
  throw new CoinPayError('invalid_configuration', why);
}

function inPackage(name: string, here: string): string | undefined {
  for (const require of requires(here)) {
    try {
      return require.resolve(`coinpay-embed/wasm/${name}`);
    } catch {
      // There may be another place.
    }
  }
  return undefined;
}
