import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { isTradingError } from '@trading-agent/core';
import { afterAll, expect, test } from 'vitest';
import { americanPriceColumns } from '../american/american-batch.ts';
import type { AmericanMode } from '../american/put-solver.ts';
import {
  newColumn,
  newGreekColumns,
  newHigherGreekColumns,
  newOptionColumns,
  newVolatilityColumns,
} from '../european/columns.ts';
import { higherGreekColumns, priceColumns } from '../european/greeks-batch.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { PricingShards } from './shards.ts';
import { absurdContracts } from '../european/testing/random-contracts.ts';

const COUNT = 20_001;
const shards = new PricingShards({ threads: 2 });
afterAll(async () => {
  await shards.close();
});

const { contracts, volatility, price } = absurdContracts(COUNT, 99);
const input = newOptionColumns(COUNT, 'shared');
const given = newColumn(COUNT, 'shared');
const quotes = newColumn(COUNT, 'shared');
for (const name of ['spot', 'strike', 'years', 'rate', 'yield', 'call'] as const) input[name].set(contracts[name]);
given.set(volatility);
quotes.set(price);

type Columns = Readonly<Record<string, Float64Array | Uint8Array>>;
/** Names of the columns that are not bit for bit the same. */
function different(some: Columns, others: Columns): readonly string[] {
  return Object.keys(others).filter((name) => {
    const values = some[name];
    return others[name]?.some((value, row) => !Object.is(value, values?.[row])) ?? true;
  });
}

test('two threads, three batches at once, give the bits of one thread', async () => {
  const greeks = newGreekColumns(COUNT, 'shared');
  const higher = newHigherGreekColumns(COUNT, 'shared');
  const found = newVolatilityColumns(COUNT, 'shared');
  await Promise.all([
    shards.run(COUNT, { kind: 'greeks', input, volatility: given, out: greeks }),
    shards.run(COUNT, { kind: 'higher-greeks', input, volatility: given, out: higher }),
    shards.run(COUNT, { kind: 'implied-volatility', input, price: quotes, out: found }),
  ]);
  const alone = {
    greeks: newGreekColumns(COUNT),
    higher: newHigherGreekColumns(COUNT),
    found: newVolatilityColumns(COUNT),
  };
  priceColumns(COUNT, contracts, volatility, alone.greeks);
  higherGreekColumns(COUNT, contracts, volatility, alone.higher);
  impliedVolatilityColumns(COUNT, contracts, price, alone.found);
  expect(different({ ...greeks }, { ...alone.greeks })).toEqual([]);
  expect(different({ ...higher }, { ...alone.higher })).toEqual([]);
  expect(different({ ...found }, { ...alone.found })).toEqual([]);
  expect(alone.greeks.status.includes(0)).toBe(true);
});

test('American contracts in both modes, the bits of one thread', async () => {
  const count = 300;
  const listed = newOptionColumns(count, 'shared');
  const sigma = newColumn(count, 'shared');
  for (let i = 0; i < count; i += 1) {
    listed.spot[i] = 100;
    listed.strike[i] = 80 + (i % 41);
    listed.years[i] = 0.02 + ((i * 7) % 50) / 25;
    listed.rate[i] = 0.01 + (i % 5) / 100;
    listed.yield[i] = (i % 3) / 100;
    listed.call[i] = i & 1;
    sigma[i] = 0.1 + (i % 13) / 25;
  }
  for (const mode of ['fast', 'fine'] as const) {
    const out = newGreekColumns(count, 'shared');
    await shards.run(count, { kind: 'american', mode, input: listed, volatility: sigma, out });
    const alone = newGreekColumns(count);
    americanPriceColumns(count, listed, sigma, alone, mode);
    expect(out).toEqual(alone);
    expect(alone.status.includes(0)).toBe(true);
  }
});

test('columns of one thread are refused', async () => {
  const attempt = shards.run(COUNT, { kind: 'greeks', input, volatility, out: newGreekColumns(COUNT, 'shared') });
  await expect(attempt).rejects.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
});

test('an empty batch is done at once, without a thread', async () => {
  const idle = new PricingShards({ threads: 1 });
  let started = 0;
  const note = (): void => {
    started += 1;
  };
  process.on('worker', note);
  await idle.run(0, { kind: 'greeks', input, volatility: given, out: newGreekColumns(0, 'shared') });
  // Node announces a thread on the next tick.
  await setImmediate();
  process.off('worker', note);
  expect(started).toBe(0);
  await idle.close();
});

test('closing fails what is under way and what comes later, and can be repeated', async () => {
  const closing = new PricingShards({ threads: 1 });
  const work = { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') } as const;
  const [underWay] = await Promise.allSettled([closing.run(COUNT, work), closing.close()]);
  expect(underWay).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
  await closing.close();
  await expect(closing.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'INTERNAL'));
});

test('closing settles when no thread runs any more, also the second time', async () => {
  const threads = announced(1);
  const closing = new PricingShards({ threads: 1 });
  await closing.run(COUNT, { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') });
  const [thread] = await threads;
  const first = closing.close();
  await closing.close();
  expect(thread?.threadId).toBe(-1);
  await first;
});

test('a batch that does not end in time fails, and so do the later ones', async () => {
  const slow = new PricingShards({ threads: 1, timeoutMs: 0 });
  const work = { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') } as const;
  await expect(slow.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'TIMEOUT'));
  await expect(slow.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'TIMEOUT'));
  await slow.close();
});

test.each([Number.POSITIVE_INFINITY, Number.NaN, -1, 2 ** 31])('a time-out of %s ms is refused', (timeoutMs) => {
  expect(() => new PricingShards({ threads: 1, timeoutMs })).toThrow(/time-out/);
});

test('a batch that no message carries is refused, and the next one is done', async () => {
  const own = new PricingShards({ threads: 2, timeoutMs: 20_000 });
  const out = newGreekColumns(COUNT, 'shared');
  const work = { kind: 'greeks', input, volatility: given, out } as const;
  const unsendable = { ...work, note: () => 1 };
  await expect(own.run(COUNT, unsendable)).rejects.toSatisfy((error: unknown) =>
    isTradingError(error, 'INVALID_VALUE'),
  );
  await own.run(COUNT, work);
  expect(out.status.includes(0)).toBe(true);
  await own.close();
});

/** How many things of this kind keep the process alive. */
function held(kind: 'MessagePort' | 'Timeout'): number {
  return process.getActiveResourcesInfo().filter((one) => one === kind).length;
}

test('only a batch under way keeps the process alive, on no more threads than pay', async () => {
  const own = new PricingShards({ threads: 2 });
  const ports = held('MessagePort');
  const timers = held('Timeout');
  const work = { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') } as const;
  for (const [count, threads] of [
    [10, 1],
    [COUNT, 2],
  ] as const) {
    const underWay = own.run(count, work);
    expect(held('MessagePort') - ports).toBe(threads);
    await underWay;
    expect(held('MessagePort')).toBe(ports);
  }
  const unsendable = { ...work, note: () => 1 };
  await expect(own.run(COUNT, unsendable)).rejects.toThrow(/can't be sent/);
  expect(held('MessagePort')).toBe(ports);
  // Nor is what was refused waited for later.
  for (let count = 1; count <= 40; count += 1) await own.run(count, work);
  expect(held('MessagePort')).toBe(ports);
  // Some are the test runner's own.
  expect(held('Timeout')).toBeLessThan(timers + 20);
  await own.close();
});

test.each([0, 1.5, 257, Number.NaN])('%s threads are refused', (threads) => {
  expect(() => new PricingShards({ threads })).toThrow(/1 to 256 threads/);
});

test('a batch that fails on its thread is told, and the next one is done', async () => {
  const own = new PricingShards({ threads: 2 });
  const out = newGreekColumns(COUNT, 'shared');
  const mode: AmericanMode = JSON.parse('"unheard of"');
  await expect(own.run(COUNT, { kind: 'american', mode, input, volatility: given, out })).rejects.toSatisfy(
    (error: unknown) => isTradingError(error, 'INTERNAL') && /thread failed/.test(error.message),
  );
  await own.run(COUNT, { kind: 'greeks', input, volatility: given, out });
  expect(out.status.includes(0)).toBe(true);
  await own.close();
});

test('after a failed batch no thread writes into its columns', async () => {
  const slow = new PricingShards({ threads: 2, timeoutMs: 1 });
  const out = newGreekColumns(COUNT, 'shared');
  const work = { kind: 'american', mode: 'fine', input, volatility: given, out } as const;
  await expect(slow.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'TIMEOUT'));
  const then = out.price.slice();
  // Another batch of another pool: long enough for a thread that still ran to show.
  await shards.run(COUNT, { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') });
  expect(out.price).toEqual(then);
  await slow.close();
});

/** The next `count` threads as Node announces them, so that they can be made to die from outside. */
function announced(count: number): Promise<readonly Worker[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Worker[]>();
  const workers: Worker[] = [];
  const note = (worker: Worker): void => {
    workers.push(worker);
    if (workers.length < count) return;
    process.off('worker', note);
    resolve(workers);
  };
  process.on('worker', note);
  return promise;
}

test.each([
  ['that is ended', (worker: Worker) => void worker.terminate(), /ended with code/],
  ['that throws outside its batch', (worker: Worker) => worker.postMessage(null), /died: TypeError/],
])(
  'a thread %s fails its batch and the later ones, with a code and without waiting for the time-out',
  async (_how, die, what) => {
    const dying = new PricingShards({ threads: 2, timeoutMs: 600_000 });
    const out = newGreekColumns(COUNT, 'shared');
    const work = { kind: 'american', mode: 'fine', input, volatility: given, out } as const;
    const threads = announced(2);
    const cheap = { kind: 'greeks', input, volatility: given, out } as const;
    await dying.run(COUNT, cheap);
    const [first, second] = await threads;
    if (first === undefined || second === undefined) throw new Error('Expected two threads');
    // A message before the batch: the thread is idle still.
    die(first);
    const underWay = dying.run(COUNT, work);
    await expect(underWay).rejects.toSatisfy(
      (error: unknown) => isTradingError(error, 'INTERNAL') && what.test(error.message),
    );
    // Nothing writes any more, of the other thread neither.
    expect(second.threadId).toBe(-1);
    await expect(dying.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'INTERNAL'));
    await dying.close();
  },
);
