// A program of `tests/node/programs` as a process, which can be ended in every way that there is
// and started again over the orders that it left.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const programs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'programs');

export class Program {
  name = 'Node';
  #script;
  #settings;
  #child;
  #ended;

  /** `folder` is where its files are; a fresh one by default. */
  constructor(script, settings = {}, folder = mkdtempSync(join(tmpdir(), 'coinpay-shop-'))) {
    this.#script = script;
    this.#settings = settings;
    this.folder = folder;
  }

  async start(env) {
    const own = { DATABASE_FILE: join(this.folder, 'shop.db'), WORK_EVERY_MS: '250' };
    const words = ['--no-warnings', join(programs, this.#script)];
    this.#child = spawn(process.execPath, words, {
      env: { ...process.env, ...own, ...env, ...this.#settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    this.#child.stderr.on('data', (text) => (errors += text));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal, errors }));
    });
    const lines = createInterface({ input: this.#child.stdout });
    const port = await new Promise((resolve, reject) => {
      lines.on('line', (line) => line.startsWith('{') && resolve(JSON.parse(line).port));
      void this.#ended.then(({ code }) => reject(new Error(`ended with ${code}: ${errors}`)));
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Its timer does. */
  tick() {
    return new Promise((resolve) => setTimeout(resolve, 300));
  }

  /** How it ended, once it has. */
  ended() {
    return this.#ended;
  }

  signal(name) {
    this.#child.kill(name);
    return this.#ended;
  }

  async kill() {
    await this.signal('SIGKILL');
  }

  async end() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
