// The package a second time, as CommonJS, in dist/cjs: file by file, so that there is one of
// everything in it too. The WebAssembly stays where it is: a file's address is that of its twin.

import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const target = join(dist, 'cjs');

/** What bundlers and browsers load, and nobody by `require`. */
const ELSEWHERE = /^browser\.|workerd|edge-light|^wasm.browser\./;

function transformed(name) {
  const code = readFileSync(join(dist, name), 'utf8');
  const twin = JSON.stringify(relative(dirname(join(target, name)), join(dist, name)));
  const own = "require('node:url').pathToFileURL(__filename)";
  const banner = code.includes('import.meta.url')
    ? `'use strict';\nconst moduleUrl = new URL(${twin}, ${own}).href;`
    : '';
  return transformSync(code, {
    sourcefile: name,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.url': 'moduleUrl' },
    banner,
  }).code;
}

rmSync(target, { recursive: true, force: true });
const names = readdirSync(dist, { recursive: true }).filter((name) => !ELSEWHERE.test(name));
for (const name of names.filter((name) => /\.(js|d\.ts)$/.test(name))) {
  const path = join(target, name);
  mkdirSync(dirname(path), { recursive: true });
  // Types are the same bytes.
  if (name.endsWith('.d.ts')) cpSync(join(dist, name), path);
  else writeFileSync(path, transformed(name));
}

const backend = (name) => `./backend/${name}.js`;
const imports = {
  '#backend': { bun: backend('default'), deno: backend('default'), default: backend('node') },
  '#calls': {
    bun: backend('calls-default'),
    deno: backend('calls-default'),
    default: backend('calls-node'),
  },
  '#sqlite': { bun: './sqlite-bun.js', default: './sqlite-node.js' },
  '#slim': backend('slim-default'),
  '#page': backend('page-default'),
  '#desk': backend('desk-default'),
  '#operators': backend('desk-default'),
};
writeFileSync(join(target, 'package.json'), JSON.stringify({ type: 'commonjs', imports }));
