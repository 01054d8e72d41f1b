// Vectors, what breaks, and the contract of both of its databases, inside of workerd.

import { DurableObject } from 'cloudflare:workers';
import { call } from 'coinpay-embed/backend';
import * as glue from 'coinpay-verdicts/verdicts.js';
import module from 'coinpay-verdicts/verdicts.wasm';
import full from 'coinpay-embed/wasm/full.wasm';
import { d1Executor } from 'coinpay-embed/d1';
import { durableObjectExecutor } from 'coinpay-embed/durable-object';
import { runContract } from './contract.mjs';
import { runVectors } from './vectors.mjs';
import { verdictsOver } from './verdicts.mjs';
import { lostConnections, operatorsCalls, runCases, traps } from './worker-cases.mjs';

export class Shop extends DurableObject {
  async fetch(request) {
    const { contract, manifest } = await request.json();
    const open = () => durableObjectExecutor(this.ctx.storage);
    return Response.json(await runContract(contract, manifest, open));
  }
}

/** Makes so many instances of the engine's module; only whoever asked can tell how long it took. */
function instances({ count }) {
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(full)) {
    (imports[from] ??= {})[name] = () => undefined;
  }
  let made = 0;
  for (; made < count; made += 1) new WebAssembly.Instance(full, imports);
  return { made };
}

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    if (path === '/durable-object') {
      return env.SHOP.get(env.SHOP.idFromName('contract')).fetch(request);
    }
    if (path === '/traps') return Response.json(await runCases(traps, env));
    if (path === '/operators') return Response.json(await runCases(operatorsCalls, env));
    if (path === '/instances') return Response.json(instances(await request.json()));
    if (path === '/lost') return Response.json(await runCases(lostConnections, env));
    const { documents, contract, manifest } = await request.json();
    if (path === '/vectors') {
      const verdicts = verdictsOver(glue, module);
      return Response.json(runVectors(documents, manifest, call, verdicts));
    }
    return Response.json(await runContract(contract, manifest, () => d1Executor(env.DB)));
  },
};
