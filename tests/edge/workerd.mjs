// Runs worker-suite.mjs in workerd, by Miniflare.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleWorker } from './bundle.mjs';
import { packageSource, root } from './install.mjs';
import { FILES } from './vectors.mjs';

const { Miniflare } = createRequire(join(packageSource, 'package.json'))('miniflare');
export const COMPATIBILITY = '2026-06-01';

const read = (name) => JSON.parse(readFileSync(join(root, `tests/vectors/${name}.json`), 'utf8'));

const INSTANCES = 50;

/** What an instance costs in workerd, whose own clock stands still while a request is served. */
async function timeInstances(worker) {
  const taken = { 0: Infinity, [INSTANCES]: Infinity };
  for (let round = 0; round < 7; round += 1) {
    for (const count of [0, INSTANCES]) {
      const start = performance.now();
      const body = JSON.stringify({ count });
      const asked = { method: 'POST', body };
      const { made } = await (await worker.dispatchFetch('http://shop/instances', asked)).json();
      if (made !== count) throw new Error(`${made} instances, not ${count}`);
      taken[count] = Math.min(taken[count], performance.now() - start);
    }
  }
  const each = (taken[INSTANCES] - taken[0]) / INSTANCES;
  console.log(`full.wasm in workerd: instantiated in ${each.toFixed(2)} ms`);
}

export async function runInWorkerd() {
  const worker = new Miniflare({
    modules: await bundleWorker(join(root, 'tests/edge/worker-suite.mjs')),
    compatibilityDate: COMPATIBILITY,
    d1Databases: ['DB'],
    durableObjects: { SHOP: { className: 'Shop', useSQLite: true } },
    host: '127.0.0.1',
  });
  try {
    const body = JSON.stringify({
      documents: Object.fromEntries(FILES.map((name) => [name, read(name)])),
      contract: read('store_contract_sqlite'),
      manifest: read('manifest'),
    });
    const ask = async (path) => {
      const answer = await worker.dispatchFetch(`http://shop${path}`, { method: 'POST', body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text.slice(0, 2_000));
      return JSON.parse(text);
    };
    await timeInstances(worker);
    return {
      vectors: await ask('/vectors'),
      d1: await ask('/d1'),
      durableObject: await ask('/durable-object'),
      traps: await ask('/traps'),
      'lost connections of D1': await ask('/lost'),
      'what operators ask for': await ask('/operators'),
    };
  } finally {
    await worker.dispose();
  }
}
