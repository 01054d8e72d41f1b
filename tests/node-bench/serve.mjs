// Serves a shop to the one who loads it, and watches the event loop of this process meanwhile.

import { PerformanceObserver, monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { sampled } from './stretches.mjs';

/** Stalls are measured to this grain, which is subtracted. */
const GRAIN_MS = 1;
const MS = 1e6;
/** What a sample counts as the package's own. */
const PACKAGE = '/node_modules/coinpay-embed/';

export function serve(app, webhooks, { what, undone }) {
  const delay = monitorEventLoopDelay({ resolution: GRAIN_MS });
  let collecting = 0;
  let seen = () => undefined;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collecting = Math.max(collecting, duration);
  }).observe({ entryTypes: ['gc'] });
  app.get('/bench/webhooks', (_request, response) => response.json({ what, webhooks }));
  // Sampling costs time, so it is a round of its own.
  app.post('/bench/sample', async (_request, response) => {
    seen = await sampled(PACKAGE);
    response.json({});
  });
  app.post('/bench/begin', (_request, response) => {
    webhooks.length = 0;
    globalThis.gc?.();
    setTimeout(() => {
      collecting = 0;
      delay.enable();
      delay.reset();
      response.json({});
    }, 100);
  });
  app.post('/bench/end', async (_request, response) => {
    delay.disable();
    const stretches = await seen();
    const stall = (nanoseconds) => Math.max(0, nanoseconds / MS - GRAIN_MS);
    const stalls = {
      p50: stall(delay.percentile(50)),
      p99: stall(delay.percentile(99)),
      longest: stall(delay.max),
    };
    response.json({ stalls, collecting, stretches, left: await undone() });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: server.address().port }));
  });
  process.stdin.resume().once('end', () => process.exit(0));
}
