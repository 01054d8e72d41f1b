// The folder in which a shop is tried: frameworks, drivers and tools at the versions of the lock
// file, installed when that changes.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = dirname(dirname(own));
export const app = join(root, '.cache', 'node-shop');

export const npm = (words, cwd = app) => execFileSync('npm', words, { cwd, encoding: 'utf8' });

export function installTools() {
  const lock = readFileSync(join(own, 'package-lock.json'), 'utf8');
  const noted = join(app, 'installed.json');
  if (existsSync(noted) && readFileSync(noted, 'utf8') === lock) return;
  console.log('installing: npm ci, in .cache/node-shop');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(join(own, name), join(app, name));
  const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  npm(['ci', ...quiet, '--prefer-offline']);
  writeFileSync(noted, lock);
}
