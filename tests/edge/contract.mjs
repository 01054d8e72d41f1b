// Plays the contract of executors, as tests/vectors/store_contract_*.json write it down, on two
// executors of one store.

import { same } from './vectors.mjs';

const TRIES = 50;

const valueOf = (value) =>
  value !== null && typeof value === 'object' ? value.repeat.repeat(value.times) : value;
const statementOf = ({ sql, params }) => ({ sql, params: params.map(valueOf) });
const statementsOf = (list) => list.map(statementOf);
const tablesOf = (tables) => tables.map((rows) => rows.map((row) => row.map(valueOf)));
const show = (value) => JSON.stringify(value)?.slice(0, 300);

/** `open` gives an executor of its own on the same store each time. */
export async function runContract(document, manifest, open, dialect = 'sqlite') {
  const pair = [await open(), await open()];
  const failures = [];
  let executed = 0;
  for (const statement of [...document.drop, ...document.schema]) {
    await pair[0].commit([statementOf(statement)]);
  }
  for (const one of document.cases) {
    executed += 1;
    for (const [number, step] of one.steps.entries()) {
      const why = await play(pair, step).catch((error) => `threw ${error?.stack ?? error}`);
      if (why) {
        failures.push(`${one.name}: step ${number + 1}: ${why}`);
        break;
      }
    }
  }
  for (const executor of pair) await executor.close?.();
  const counted = manifest.files[`store_contract_${dialect}.json`];
  if (executed !== counted) failures.push(`${executed} cases ran, the manifest says ${counted}`);
  return { executed, failures };
}

async function play(pair, step) {
  const on = pair[(step.on ?? 1) - 1];
  switch (step.do) {
    case 'load':
      return sameOutcome(await load(on, step.statements), step.gives);
    case 'commit':
      return sameOutcome(await commit(on, step.statements), step.gives);
    case 'spoil':
      return spoil(pair[0], step);
    case 'race':
      return race(pair, step);
    case 'churn':
      return churn(pair, step);
    default:
      return `no such step: ${step.do}`;
  }
}

const load = (on, list) => settle(async () => ({ rows: await on.load(statementsOf(list)) }));
const commit = (on, list) =>
  settle(async () => {
    await on.commit(statementsOf(list));
    return 'committed';
  });

async function settle(run) {
  try {
    return await run();
  } catch (error) {
    if (error?.faultClass === undefined) throw error;
    return { fault: error.faultClass };
  }
}

function sameOutcome(given, wanted) {
  const expected = wanted.rows ? { rows: tablesOf(wanted.rows) } : wanted;
  return same(given, expected) ? undefined : `gives ${show(given)}, not ${show(expected)}`;
}

async function spoil(on, step) {
  for (const place of step.statements.keys()) {
    const spoilt = step.statements.with(place, step.with);
    const why =
      sameOutcome(await commit(on, spoilt), { fault: step.fault }) ??
      sameOutcome(await load(on, step.load), { rows: step.rows });
    if (why) return `with statement ${place + 1} spoilt: ${why}`;
  }
  return undefined;
}

async function persist(on, list) {
  for (let tried = 1; ; tried += 1) {
    const outcome = await commit(on, list);
    if (outcome.fault !== 'retry' || tried === TRIES) return outcome;
  }
}

async function race(pair, step) {
  const outcomes = await Promise.all(step.commits.map((list, at) => persist(pair[at], list)));
  const won = outcomes.filter((outcome) => outcome === 'committed').length;
  const lost = outcomes.filter((outcome) => outcome.fault === 'conflict').length;
  const fits = won === step.winners && won + lost === outcomes.length;
  return fits ? undefined : `ended in ${show(outcomes)}, not ${step.winners} committed`;
}

async function churn(pair, step) {
  const allowed = step.one_of.map(tablesOf);
  let over = false;
  let loads = 0;
  const read = async () => {
    while (!over) {
      const outcome = await load(pair[1], step.load);
      if (outcome.rows && !allowed.some((rows) => same(outcome.rows, rows))) {
        return `a load saw ${show(outcome.rows)}`;
      }
      if (!outcome.rows && outcome.fault !== 'retry') return `a load ended in ${show(outcome)}`;
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return undefined;
  };
  const reading = read();
  for (let round = 0; round < step.times || loads < step.times; round += 1) {
    for (const list of step.commits) {
      const outcome = await persist(pair[0], list);
      if (outcome !== 'committed') {
        over = true;
        return `a commit ended in ${show(outcome)}`;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  over = true;
  return reading;
}
