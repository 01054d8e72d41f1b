// The npm packages as a shop gets them: installed by npm into a clean folder, and shown there on
// each Node and each backend. The arguments are the three tarballs, and then the names of the
// tests to run if not all.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const own = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(own));
const [embed, addon, command, ...only] = process.argv.slice(2);

/** A project with the tarballs and nothing else; npm asks no registry. */
function project(name, ...tarballs) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const install = ['install', '--offline', '--silent', '--no-audit', '--no-fund', ...tarballs];
  execFileSync('npm', install, { cwd: folder, stdio: 'inherit' });
  return folder;
}

// Outside of the repository, whose own packages would be found otherwise.
const work = mkdtempSync(join(tmpdir(), 'coinpay-node-'));
const failures = [];
try {
  const full = project('full', embed, addon, command);
  // Where npm found no package for the platform.
  const bare = join(work, 'bare');
  cpSync(full, bare, { recursive: true });
  for (const name of readdirSync(join(bare, 'node_modules'))) {
    if (name !== 'coinpay-embed') rmSync(join(bare, 'node_modules', name), { recursive: true });
  }
  for (const folder of [full, bare]) {
    cpSync(own, join(folder, 'tests', 'node'), { recursive: true });
    const verdicts = join(folder, 'node_modules', 'coinpay-verdicts');
    cpSync(join(root, '.cache/verdicts'), verdicts, { recursive: true });
    cpSync(join(root, 'tests/edge'), join(folder, 'tests', 'edge'), { recursive: true });
    cpSync(join(root, 'examples/edge'), join(folder, 'examples', 'edge'), { recursive: true });
  }
  const newer = join(root, 'js/node_modules/node/bin/node');
  const nodes = [
    ['Node 20', process.env.COINPAY_TEST_NODE_20 ?? 'node'],
    ['Node 22', newer],
  ];
  const env = {
    ...process.env,
    COINPAY_TEST_ROOT: root,
    COINPAY_TEST_BARE: bare,
    COINPAY_TEST_FULL: full,
    COINPAY_TEST_NODE_22: newer,
  };
  const files = readdirSync(own).filter((name) => name.endsWith('.test.mjs'));
  const wanted = files.filter(
    (name) => only.length === 0 || only.includes(basename(name, '.test.mjs')),
  );
  for (const [name, node] of nodes) {
    console.log(`-- ${name}`);
    const tests = wanted.map((file) => join(full, 'tests/node', file));
    const words = [
      '--no-warnings',
      '--test',
      '--test-reporter=spec',
      '--test-concurrency=2',
      '--test-force-exit',
      '--test-timeout=300000',
    ];
    const ran = spawnSync(node, [...words, ...tests], { cwd: full, env, stdio: 'inherit' });
    if (ran.status !== 0) failures.push(name);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (failures.length > 0) {
  console.error(`failed on ${failures.join(' and ')}`);
  process.exit(1);
}
