// The whole of what is shown on the edge: the package is packed and installed, then run in Node,
// Deno, Bun, workerd and Chromium. Fails if one case failed, or fewer ran than there are.

import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { install, packageSource, root, tool, workFolder } from './install.mjs';
import { playAlarms } from './alarm.mjs';
import { runInChromium } from './browser.mjs';
import { compareCosts } from './cost.mjs';
import { hosts, layOut, objectHost } from './hosts.mjs';
import { play, startSandbox } from './scenarios.mjs';
import { checkSizes } from './sizes.mjs';
import { runInWorkerd } from './workerd.mjs';

const failures = [];

function report(what, counted) {
  for (const failure of counted.failures) failures.push(`${what}: ${failure}`);
  const bad = counted.failures.length;
  console.log(`${what}: ${counted.executed} ran, ${bad === 0 ? 'all well' : `${bad} FAILED`}`);
}

async function part(what, run) {
  const start = performance.now();
  try {
    await run();
  } catch (error) {
    failures.push(`${what}: ${error.stack ?? error}`);
  }
  console.log(`-- ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function suite(name, command, ...executor) {
  // Deno takes a package for one only where the folder of the script says so.
  const folder = join(workFolder, 'tests');
  cpSync(join(root, 'tests/edge'), folder, { recursive: true });
  const script = join(folder, 'suite.mjs');
  const vectors = join(root, 'tests/vectors');
  const options = { encoding: 'utf8', cwd: workFolder, stdio: ['ignore', 'pipe', 'inherit'] };
  let text;
  try {
    const words = [...command.slice(1), script, installed, vectors, ...executor];
    text = execFileSync(command[0], words, options);
  } catch (error) {
    text = error.stdout;
    if (!text) throw error;
  }
  const all = JSON.parse(text);
  for (const what of ['vectors', 'sweeps', 'contract']) {
    if (all[what]) report(`${name}, ${what}`, all[what]);
  }
}

const installed = install();
const node = join(packageSource, 'node_modules/node/bin/node');
const sqlite = ['executors/node-sqlite', 'nodeSqliteExecutor'];
report('sizes', checkSizes(installed));
await compareCosts(installed);
await part('Node 20', () => suite('Node 20', ['node']));
await part('Node 22', () => suite('Node 22', [node, '--no-warnings'], ...sqlite));
await part('Deno', () => suite('Deno', [tool('deno'), 'run', '-A', '--no-prompt'], ...sqlite));
await part('Bun', () => suite('Bun', [tool('bun')], 'executors/bun-sqlite', 'bunSqliteExecutor'));
await part('workerd', async () => {
  const ran = await runInWorkerd();
  for (const [what, counted] of Object.entries(ran)) report(`workerd, ${what}`, counted);
});

/** Runs what is asked for beside a sandbox of its own. */
async function besideSandbox(run) {
  const sandbox = await startSandbox(process.argv[2]);
  try {
    return await run(sandbox);
  } finally {
    await sandbox.end();
  }
}

layOut();
const shops = hosts().map((host) => async () => {
  await part(host.name, async () => {
    report(`${host.name}, scenarios`, await besideSandbox((sandbox) => play(host, sandbox)));
  });
});
shops.push(async () => {
  await part('Chromium', async () => {
    const ran = await besideSandbox(runInChromium);
    for (const [what, counted] of Object.entries(ran)) report(`Chromium, ${what}`, counted);
  });
});
// Two at a time: each has its own state and gateway, and waits more than it works.
const inTurn = shops.values();
const lane = async () => {
  for (const shop of inTurn) await shop();
};
// Beside them, since it does nothing but wait.
const alarms = part('Alarm of a Durable Object', async () => {
  const host = objectHost('Alarm of a Durable Object');
  report(`${host.name}, scenarios`, await besideSandbox((sandbox) => playAlarms(host, sandbox)));
});
await Promise.all([lane(), lane(), alarms]);

for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? 'all well' : `${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
