// How long a package holds the event loop, by samples of what is on the stack: stalls of the loop
// are the machine's, Node's, the collector's and Express's too, and these are told apart here.

import { Session } from 'node:inspector/promises';

/** Short beside what is looked for. */
const EVERY_US = 250;
const MS = 1_000;
const COLLECTING = '(garbage collector)';

/** Samples this thread until the function that it gives is called, which tells what was seen. */
export async function sampled(folder) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: EVERY_US });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return longest(profile, folder);
  };
}

/** Which of the nodes have something of that folder under them on the stack. */
function ours({ nodes }, folder) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set();
  const walk = (node, inside) => {
    const within = inside || node.callFrame.url.includes(folder);
    if (within) found.add(node.id);
    for (const child of node.children ?? []) walk(byId.get(child), within);
  };
  walk(nodes[0], false);
  return found;
}

/**
 * The longest stretch of samples that are all of that folder's, or the collector's in between. By
 * the clock it counts what the machine did with the processor meanwhile; by samples it does not,
 * since a thread that does not run is not sampled. `share` is the folder's part of the busy time.
 */
export function longest(profile, folder) {
  const { samples, timeDeltas, nodes } = profile;
  const within = ours(profile, folder);
  const named = (name) =>
    new Set(nodes.filter((n) => n.callFrame.functionName === name).map((n) => n.id));
  const [collecting, idle] = [named(COLLECTING), named('(idle)')];
  const seen = { byClock: 0, bySamples: 0, share: 0 };
  let [clock, count, busy, part] = [0, 0, 0, 0];
  samples.forEach((sample, at) => {
    if (!idle.has(sample)) busy += 1;
    const isOurs = within.has(sample);
    if (isOurs) part += 1;
    if (!isOurs && !(count > 0 && collecting.has(sample))) {
      [clock, count] = [0, 0];
      return;
    }
    clock += (timeDeltas[at + 1] ?? EVERY_US) / MS;
    count += EVERY_US / MS;
    seen.byClock = Math.max(seen.byClock, clock);
    seen.bySamples = Math.max(seen.bySamples, count);
  });
  return { ...seen, share: part / Math.max(1, busy) };
}
