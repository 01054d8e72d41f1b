// A WordPress with its own folder, served by PHP alone or by php-fpm behind nginx, with a sandbox
// gateway beside it and a browser before it. What people do at the shop and in the world are the methods here.

import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, connect } from 'node:net';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Fpm } from './fpm.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const CHROMIUM = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const PLUGIN = 'coinpay-woocommerce/coinpay-woocommerce.php';
export const BUSINESS = '5a0db0c5-0000-4000-8000-000000000001';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
    socket.on('error', () => resolve(false));
  });

/** Waits until it holds, thirty seconds by default. */
export async function until(what, holds, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    last = await holds();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}

export class Site {
  #served = [];
  #children = [];

  /** `prefix` keeps the tables of several sites in one database apart. */
  constructor({ name, source, folder, fpm, database, prefix }) {
    Object.assign(this, { name, folder: join(folder, name), source, program: fpm, prefix });
    this.isNetwork = false;
    this.database = new URL(database);
  }

  /** Copies WordPress, writes its configuration and installs it. */
  async build({ dbHost = this.database.host } = {}) {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    mkdirSync(this.folder, { recursive: true });
    if (this.source.endsWith('.zip')) {
      execFileSync('unzip', ['-q', this.source, '-d', this.folder]);
    } else {
      cpSync(this.source, this.folder, { recursive: true, verbatimSymlinks: true });
    }
    this.configure(dbHost);
    mkdirSync(join(this.folder, 'wp-content/mu-plugins'), { recursive: true });
    cpSync(join(HERE, 'must-use.php'), join(this.folder, 'wp-content/mu-plugins/tests.php'));
    writeFileSync(join(this.folder, 'wp-content/mails.jsonl'), '');
    return this.do('install');
  }

  configure(dbHost, more = {}) {
    const constants = {
      ...more,
      DB_NAME: this.database.pathname.slice(1),
      DB_USER: this.database.username,
      DB_PASSWORD: '',
      DB_HOST: dbHost,
      DB_CHARSET: 'utf8mb4',
      // The sites of a network have addresses of their own.
      ...(more.MULTISITE ? {} : { WP_HOME: this.url, WP_SITEURL: this.url }),
      WP_DEBUG: true,
      WP_DEBUG_LOG: true,
      WP_DEBUG_DISPLAY: false,
      DISABLE_WP_CRON: true,
      AUTOMATIC_UPDATER_DISABLED: true,
      WP_HTTP_BLOCK_EXTERNAL: true,
      WP_ACCESSIBLE_HOSTS: '127.0.0.1',
      FS_METHOD: 'direct',
      AUTH_SALT: 'a fixed salt of the tests',
      AUTH_KEY: 'a fixed key of the tests',
    };
    const lines = Object.entries(constants).map(
      ([name, value]) => `define('${name}', ${JSON.stringify(value)});`,
    );
    const config = `<?php
${lines.join('\n')}
$table_prefix = '${this.prefix}';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`;
    writeFileSync(join(this.folder, 'wp-config.php'), config);
  }

  /** Makes a network of it, with a second site at `path`. */
  makeNetwork(path) {
    const { host } = new URL(this.url);
    const { made } = this.do('make_network', { domain: host });
    this.isNetwork = true;
    this.configure(this.database.host, {
      MULTISITE: true,
      SUBDOMAIN_INSTALL: false,
      DOMAIN_CURRENT_SITE: host,
      PATH_CURRENT_SITE: '/',
      SITE_ID_CURRENT_SITE: 1,
      BLOG_ID_CURRENT_SITE: 1,
    });
    return made && this.do('add_site', { domain: host, path });
  }

  /** The site of a network at `path`, for those who shop there. */
  at(path) {
    const own = { url: `${this.url}${path.slice(0, -1)}` };
    own.do = (command, input) => this.do(command, input, path);
    return Object.assign(Object.create(this), own);
  }

  /** Asks the site from its inside, on the command line; of a network the site at `path`. */
  do(command, input = {}, path = '/') {
    const cache = ['-d', 'opcache.enable_cli=1', '-d', 'opcache.file_cache_only=1'];
    const place = ['-d', `opcache.file_cache=${this.#cache()}`];
    const script = [join(HERE, 'site.php'), this.folder, command, JSON.stringify(input)];
    const words = [...cache, ...place, ...script];
    const env = { ...process.env, HTTP_HOST: new URL(this.url).host, REQUEST_URI: path };
    const told = execFileSync('php', words, { encoding: 'utf8', maxBuffer: 1 << 26, env });
    return JSON.parse(told);
  }

  /** Where PHP keeps what it has compiled, which is most of its work here. */
  #cache() {
    const folder = join(this.folder, '..', 'opcache');
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Serves it, with settings of php.ini. */
  async serve(settings = {}) {
    await this.rest();
    const flags = Object.entries({ ...this.#cached('opcache.enable_cli'), ...settings });
    const words = flags.flatMap(([name, value]) => ['-d', `${name}=${value}`]);
    words.push('-S', `127.0.0.1:${this.port}`, '-t', this.folder, join(HERE, 'router.php'));
    this.#run('php', words, { PHP_CLI_SERVER_WORKERS: '6' });
    await until(`${this.name} answers`, () => answers(this.port));
  }

  /** Serves it by a php-fpm for each of `settings` of php.ini, all behind one nginx. */
  async serveByFpm(...settings) {
    await this.rest();
    const folder = join(this.folder, '..', `${this.name}-fpm`);
    const { program, port, isNetwork } = this;
    const fpm = new Fpm({ program, folder, root: this.folder, port, isNetwork });
    const servers = [];
    for (const own of settings) {
      const all = { ...this.#cached('opcache.enable'), ...own };
      servers.push({ port: await freePort(), settings: all });
    }
    for (const [program, words, env] of fpm.commands(servers)) this.#run(program, words, env);
    for (const one of [...fpm.ports, port]) {
      await until(`${this.name} answers at ${one}`, () => answers(one));
    }
    return fpm;
  }

  /** What PHP has compiled is kept in files, for the next server too. */
  #cached(switched) {
    return { [switched]: '1', 'opcache.file_cache': this.#cache() };
  }

  /** Settings with which php-fpm loads the package once, so that its classes may call the library. */
  preloading() {
    const script = join('wp-content/plugins', dirname(PLUGIN), 'vendor/coinpay-embed/preload.php');
    const root = process.getuid?.() === 0 ? { 'opcache.preload_user': 'root' } : {};
    return { 'opcache.preload': join(this.folder, script), ...root };
  }

  /** A server, in a group of its own: its workers are processes too. */
  #run(program, words, env = {}) {
    const log = join(this.folder, '../', `${this.name}.log`);
    const stdio = ['ignore', 'pipe', 'pipe'];
    const options = { env: { ...process.env, ...env }, stdio, detached: true };
    const child = spawn(program, words, options);
    for (const stream of ['stdout', 'stderr']) {
      child[stream].on('data', (text) => appendFileSync(log, text));
    }
    this.#served.push(child);
  }

  async rest() {
    for (const child of this.#served.splice(0)) {
      if (child.exitCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid, 'SIGTERM');
      await gone;
    }
    if (this.port) await until(`${this.name} is gone`, async () => !(await answers(this.port)));
  }

  /** Starts the program and hands over its first line. */
  start(program, words) {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${words[0]} ended with ${code}`)));
      createInterface(child.stdout).once('line', resolve);
    });
  }

  /** A sandbox that tells this site of payments; of a network the site at `path`. */
  async openGateway(program, path = '/') {
    const hook = `${this.url}${path}?coinpay-webhook=1`;
    const words = ['sandbox', '--listen', '127.0.0.1:0', '--json', '--webhook-url', hook];
    const said = JSON.parse(await this.start(program, words));
    this.control = said.control_url;
    this.gatewayUrl = said.base_url;
  }

  /** What a shopkeeper types into the settings. */
  settings(more = {}) {
    return {
      enabled: 'yes',
      keep_data: 'yes',
      title: '',
      mode: 'test',
      api_key: 'cp_test_sandbox',
      business_id: BUSINESS,
      webhook_secrets: 'whsec_sandbox',
      base_url: this.gatewayUrl,
      window_minutes: '60',
      log: 'all',
      ...more,
    };
  }

  async gateway(path, body) {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    const url = `${this.control}${path}`;
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** The complaints of PHP about our plugin. */
  complaints() {
    const log = join(this.folder, 'wp-content/debug.log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    return lines.filter((line) => line.includes('coinpay') && /PHP|database error/.test(line));
  }

  async close() {
    await this.rest();
    for (const child of this.#children) child.kill();
  }
}

export class Browser {
  static async open({ playwright, axe, chromium }) {
    const { chromium: driver } = createRequire(import.meta.url)(playwright);
    const browser = new Browser();
    browser.axe = readFileSync(join(axe, 'axe.min.js'), 'utf8');
    browser.driver = await driver.launch({ executablePath: chromium, args: CHROMIUM });
    return browser;
  }

  /** A new browser of somebody, who is alone in it. */
  async somebody(options = {}) {
    const context = await this.driver.newContext({ locale: 'en', ...options });
    context.setDefaultTimeout(60000);
    const unseen = (route) =>
      ['image', 'font'].includes(route.request().resourceType()) ? route.abort() : route.continue();
    await context.route('**/*', unseen);
    return context;
  }

  /** Somebody whose browser loads documents and nothing else. */
  async reader() {
    const context = await this.somebody();
    const documents = (route) =>
      route.request().resourceType() === 'document' ? route.continue() : route.abort();
    await context.route('**/*', documents);
    return context;
  }

  /** What axe finds in a part of a page, in words. */
  async faults(page, selector) {
    await page.evaluate(this.axe);
    const { violations } = await page.evaluate((part) => window.axe.run(part), selector);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`,
    );
  }

  close() {
    return this.driver.close();
  }
}

/** Counts and prints what holds and what does not. */
export class Checks {
  passed = 0;
  failed = 0;

  constructor(only) {
    this.only = only && new RegExp(only);
  }

  that(name, holds, more = '') {
    if (holds) {
      this.passed += 1;
    } else {
      this.failed += 1;
      console.log(`NOT SO: ${name} ${more}`);
    }
  }

  same(name, actual, expected) {
    const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.that(name, is === wanted, `\n  is     ${is}\n  wanted ${wanted}`);
  }

  /** Runs a scene, unless only others are wanted. */
  async scene(name, run) {
    if (!this.only || this.only.test(name)) await this.part(name, run);
  }

  /** Runs a part; what it throws is a failure of that part alone. */
  async part(name, run) {
    const before = this.failed;
    const start = Date.now();
    try {
      await run();
    } catch (error) {
      this.that(name, false, error.stack);
    }
    const word = this.failed === before ? 'ok' : 'NOT OK';
    console.log(`${word.padEnd(6)} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  }
}
