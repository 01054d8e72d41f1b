// Writes the reference of the npm package from its types, into the folder that is named. A type
// that is used in the package's calls and cannot be looked up fails it.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { app, installTools, root } from './support/install.mjs';

const out = process.argv[2];
installTools();
const { exports: entries } = JSON.parse(readFileSync(join(root, 'js/package.json'), 'utf8'));
const types = Object.values(entries).flatMap((entry) => entry.types ?? []);
const files = [...new Set(types)].map((path) => join(root, 'js', path));
const settings = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  files,
  typedocOptions: {
    entryPoints: files,
    displayBasePath: join(root, 'js/dist'),
    name: 'coinpay-embed',
    readme: 'none',
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    githubPages: false,
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
    // What types are made of that are written out beside them.
    intentionallyNotExported: [
      'BLOCKCHAINS',
      'EFFECT_KINDS',
      'ERRORS',
      'ORDER_STATES',
      'PAYMENT_STATES',
      'REASONS',
      // What `operators` opens: handed on to `Checkout.open`, and nothing to call.
      'ShopHandle',
    ],
  },
};
const project = join(app, 'reference.json');
writeFileSync(project, JSON.stringify(settings));
const words = [join(app, 'node_modules/typedoc/bin/typedoc'), '--tsconfig', project, '--out', out];
execFileSync(process.execPath, words, { stdio: 'inherit' });
console.log(`the reference is in ${relative(root, out)}/index.html`);
