import { isTradingError } from '@trading-agent/core';
import { afterAll, expect, test } from 'vitest';
import {
  newColumn,
  newGreekColumns,
  newHigherGreekColumns,
  newOptionColumns,
  newVolatilityColumns,
} from './columns.ts';
import { higherGreekColumns, priceColumns } from './greeks-batch.ts';
import { impliedVolatilityColumns } from './implied-volatility-batch.ts';
import { PricingShards } from './shards.ts';
import { absurdContracts } from './testing/random-contracts.ts';

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
  expect(greeks).toEqual(alone.greeks);
  expect(higher).toEqual(alone.higher);
  expect(found).toEqual(alone.found);
  expect(alone.greeks.status.includes(0)).toBe(true);
});

test('columns of one thread are refused', async () => {
  const attempt = shards.run(COUNT, { kind: 'greeks', input, volatility, out: newGreekColumns(COUNT, 'shared') });
  await expect(attempt).rejects.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
});

test('an empty batch is done at once', async () => {
  await expect(
    shards.run(0, { kind: 'greeks', input, volatility: given, out: newGreekColumns(0, 'shared') }),
  ).resolves.toBeUndefined();
});

test('closing fails what is under way and what comes later, and can be repeated', async () => {
  const closing = new PricingShards({ threads: 1 });
  const work = { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') } as const;
  const [underWay] = await Promise.allSettled([closing.run(COUNT, work), closing.close()]);
  expect(underWay).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
  await closing.close();
  await expect(closing.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'INTERNAL'));
});

test('a batch that does not end in time fails, and so do the later ones', async () => {
  const slow = new PricingShards({ threads: 1, timeoutMs: 0 });
  const work = { kind: 'greeks', input, volatility: given, out: newGreekColumns(COUNT, 'shared') } as const;
  await expect(slow.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'TIMEOUT'));
  await expect(slow.run(COUNT, work)).rejects.toSatisfy((error: unknown) => isTradingError(error, 'TIMEOUT'));
  await slow.close();
});
