// The static page in Chromium, its checkout a Worker's; and the vectors in a browser's window.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { hosts } from './hosts.mjs';
import { packageSource, root, workFolder } from './install.mjs';
import { Stage, startCarrier } from './scenarios.mjs';
import { FILES } from './vectors.mjs';

const { chromium } = createRequire(join(packageSource, 'package.json'))('playwright-core');
const KINDS = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Serves the folder in which the package is installed, and an import map for its name. */
async function serve() {
  const map = '/node_modules/coinpay-embed/dist/browser.js';
  const importMap = JSON.stringify({ imports: { 'coinpay-embed': map } });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    try {
      const path = join(workFolder, pathname);
      assert.ok(path.startsWith(workFolder));
      const type = KINDS[extname(path)] ?? 'application/octet-stream';
      let body = readFileSync(path);
      if (type === 'text/html') {
        const head = `<head><script type="importmap">${importMap}</script>`;
        body = body.toString().replace('<head>', head);
      }
      response.setHeader('content-type', type);
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

const executable = () =>
  execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();

export async function runInChromium(sandbox) {
  const { server, origin } = await serve();
  const carrier = await startCarrier();
  const worker = hosts().find((one) => one.name === 'Worker with D1');
  const stage = new Stage(worker, sandbox, carrier, { PAGE_ORIGINS: origin });
  const browser = await chromium.launch({ executablePath: executable(), args: FLAGS });
  const failures = [];
  try {
    await stage.open();
    const page = await browser.newPage();
    page.on('pageerror', (error) => failures.push(`the page: ${error}`));
    await page.goto(`${origin}/examples/page/index.html?worker=${stage.host.url}`);
    await page.click('#buy');
    await page.waitForSelector('body[data-payment-id] #code svg');
    assert.match(await page.getAttribute('#wallet', 'href'), /^bitcoin:.+\?amount=/);
    await stage.pay({ paymentId: await page.getAttribute('body', 'data-payment-id') });
    await stage.flush();
    await page.waitForFunction(
      () => ['paid', 'fulfilled'].includes(document.getElementById('status').textContent),
      undefined,
      { timeout: 60_000 },
    );
    const vectors = await inWindow(page);
    return { page: { executed: 1, failures }, ...vectors };
  } finally {
    await browser.close();
    server.close();
    await worker.end();
    carrier.end();
  }
}

async function inWindow(page) {
  const read = (name) => JSON.parse(readFileSync(join(root, `tests/vectors/${name}.json`), 'utf8'));
  const documents = Object.fromEntries(FILES.map((name) => [name, read(name)]));
  return page.evaluate(
    async ([documents, manifest]) => {
      const folder = '/node_modules/coinpay-embed/dist';
      const { runVectors } = await import('/tests/vectors.mjs');
      const { verdictsOver } = await import('/tests/verdicts.mjs');
      const ofTests = '/node_modules/coinpay-verdicts';
      const verdicts = verdictsOver(
        await import(`${ofTests}/verdicts.js`),
        await (await fetch(`${ofTests}/verdicts.wasm`)).arrayBuffer(),
      );
      const glue = await import(`${folder}/wasm/client.js`);
      const { wasmCalls } = await import(`${folder}/backend/wasm.js`);
      const { outputOf } = await import(`${folder}/errors.js`);
      const bytes = await (await fetch(`${folder}/wasm/client.wasm`)).arrayBuffer();
      const core = wasmCalls(glue, bytes, '');
      const call = (name, args, body) => outputOf(core.call(name, JSON.stringify(args), body));
      const api = await import('coinpay-embed');
      const failures = [];
      for (const name of ['verifyWebhookSignature', 'createPayment', 'parseWebhookPayload']) {
        try {
          api[name]({});
          failures.push(`${name} does not refuse to run`);
        } catch (error) {
          if (error.code !== 'server_only') failures.push(`${name}: ${error}`);
        }
      }
      return {
        vectors: runVectors(documents, manifest, call, verdicts),
        'server only': { executed: 3, failures },
      };
    },
    [documents, read('manifest')],
  );
}
