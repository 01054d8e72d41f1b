// The package as a user gets it: packed, and unpacked into a folder's node_modules.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const packageSource = join(root, 'js');
export const tool = (name) => join(packageSource, 'node_modules', '.bin', name);
/** Examples and tests run from here, so that their imports find the package. */
export const workFolder = join(root, '.cache', 'edge');
/** A module of the core for the tests alone; see `verdicts.mjs`. */
export const verdictsFolder = join(root, '.cache', 'verdicts');

export function install() {
  const folder = join(workFolder, 'node_modules', 'coinpay-embed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pack = ['pack', '--silent', '--pack-destination', workFolder];
  const name = execFileSync('npm', pack, { cwd: packageSource, encoding: 'utf8' }).trim();
  const tarball = join(workFolder, name.split('\n').at(-1));
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  const verdicts = join(workFolder, 'node_modules', 'coinpay-verdicts');
  cpSync(verdictsFolder, verdicts, { recursive: true });
  const app = { private: true, type: 'module', dependencies: { 'coinpay-embed': '*' } };
  writeFileSync(join(workFolder, 'package.json'), JSON.stringify(app));
  return folder;
}
