// Bundles a Worker the way wrangler does: one module of JavaScript, and WebAssembly beside it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { packageSource, workFolder } from './install.mjs';

const { build } = createRequire(join(packageSource, 'package.json'))('esbuild');

/** The modules for Miniflare, the entry first. */
export async function bundleWorker(entry) {
  const wasm = new Map();
  const asModule = {
    name: 'wasm',
    setup(build) {
      build.onLoad({ filter: /\.wasm$/ }, () => null);
      build.onResolve({ filter: /\.wasm$/ }, async (asked) => {
        if (asked.pluginData === 'resolved') return undefined;
        const { path } = await build.resolve(asked.path, {
          kind: asked.kind,
          resolveDir: asked.resolveDir,
          pluginData: 'resolved',
        });
        wasm.set(`./${basename(path)}`, path);
        return { path: `./${basename(path)}`, external: true };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*', 'node:*'],
    nodePaths: [join(workFolder, 'node_modules')],
    plugins: [asModule],
  });
  const modules = [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0].text }];
  for (const [name, path] of wasm) {
    modules.push({ type: 'CompiledWasm', path: name.slice(2), contents: readFileSync(path) });
  }
  return modules;
}
