// An example as a process of its own, which can be killed and started over the orders it left.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export class ShopProcess {
  #folder = mkdtempSync(join(tmpdir(), 'coinpay-shop-'));
  #child;
  errors = '';

  constructor(script, settings = {}) {
    Object.assign(this, { script, settings });
  }

  async start(env) {
    const database = `sqlite:${join(this.#folder, 'shop.db')}`;
    const own = { DATABASE: database, WORK_EVERY_MS: '250', PORT: '0' };
    const words = ['--no-warnings', join('examples/node', this.script)];
    this.#child = spawn(process.execPath, words, {
      env: { ...process.env, ...own, ...this.settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (text) => (this.errors += text));
    const lines = createInterface({ input: this.#child.stdout });
    const port = await new Promise((resolve, reject) => {
      lines.on('line', (line) => line.startsWith('{') && resolve(JSON.parse(line).port));
      this.#child.once('exit', (code) => reject(new Error(`ended with ${code}: ${this.errors}`)));
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Its timer does. */
  tick() {
    return new Promise((resolve) => setTimeout(resolve, 300));
  }

  kill() {
    return this.signal('SIGKILL');
  }

  /** Sends it a signal and gives the exit code. */
  async signal(name) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return null;
    const ended = once(this.#child, 'close');
    this.#child.kill(name);
    return (await ended)[0];
  }

  async end() {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
