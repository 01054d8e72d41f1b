// The examples in their real runtimes. Each host starts over the state that it left, is killed
// without a word, and is asked to do its work.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleWorker } from './bundle.mjs';
import { packageSource, root, tool, workFolder } from './install.mjs';
import { COMPATIBILITY } from './workerd.mjs';

const { Miniflare } = createRequire(join(packageSource, 'package.json'))('miniflare');
const examples = join(workFolder, 'examples');

/** Copies the examples with the package installed beside them, as a user's project would be. */
export function layOut() {
  rmSync(examples, { recursive: true, force: true });
  cpSync(join(root, 'examples/edge'), examples, { recursive: true });
  symlinkSync('../node_modules', join(examples, 'node_modules'));
}

class Process {
  #folder = mkdtempSync(join(workFolder, 'shop-'));
  #child;

  constructor(name, command, script, hasDash = false) {
    Object.assign(this, { name, command, script, hasDash });
  }

  async start(env) {
    const [program, ...words] = this.command;
    const settings = {
      DATABASE_FILE: join(this.#folder, 'shop.db'),
      WORK_EVERY_MS: '250',
      PORT: '0',
    };
    this.#child = spawn(program, [...words, join(examples, this.script)], {
      cwd: examples,
      env: { ...process.env, ...settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    this.#child.stderr.on('data', (text) => (errors += text));
    const lines = createInterface({ input: this.#child.stdout });
    const port = await new Promise((resolve, reject) => {
      lines.on('line', (line) => line.startsWith('{') && resolve(JSON.parse(line).port));
      this.#child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Its timer does. */
  tick() {
    return new Promise((resolve) => setTimeout(resolve, 300));
  }

  async kill() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.removeAllListeners('exit').once('exit', () => undefined);
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await Promise.race([ended, gone]);
  }

  async end() {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

class Worker {
  #folder = mkdtempSync(join(workFolder, 'shop-'));
  #miniflare;

  constructor(name, script, stores, hasDash = false) {
    Object.assign(this, { name, script, stores, hasDash });
  }

  async start(env) {
    this.modules ??= await bundleWorker(join(examples, this.script));
    this.#miniflare = new Miniflare({
      modules: this.modules,
      compatibilityDate: COMPATIBILITY,
      bindings: env,
      host: '127.0.0.1',
      port: 0,
      d1Persist: join(this.#folder, 'd1'),
      durableObjectsPersist: join(this.#folder, 'objects'),
      ...this.stores,
    });
    this.url = (await this.#miniflare.ready).origin;
  }

  /** What a cron trigger calls. */
  async tick() {
    const worker = await this.#miniflare.getWorker();
    await worker.scheduled({ cron: '* * * * *' });
  }

  /** Miniflare ends the runtime with SIGKILL. */
  kill() {
    return this.#miniflare.dispose();
  }

  async end() {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A shop of its own for each call: nobody but its alarm may prod it. */
export const objectHost = (name = 'Worker with a Durable Object') =>
  new Worker(name, 'worker-durable-object.js', {
    durableObjects: { SHOP: { className: 'Shop', useSQLite: true } },
  });

export const hosts = () => [
  new Process('Deno', [tool('deno'), 'run', '-A', '--no-prompt'], 'deno.js', true),
  new Process('Bun', [tool('bun'), 'run'], 'bun.js'),
  new Worker('Worker with D1', 'worker-d1.js', { d1Databases: ['DB'] }, true),
  objectHost(),
];
