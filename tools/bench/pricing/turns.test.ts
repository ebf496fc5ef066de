import { expect, test } from 'vitest';
import { takeTurns } from './turns.ts';

/** A machine whose speed changes from slice to slice, as under other work. */
function machine(speeds: readonly number[]): { readonly slice: (nanoseconds: number) => () => number } {
  let taken = 0;
  return {
    slice: (nanoseconds) => () => {
      const slowness = speeds[Math.floor(taken / 4) % speeds.length] ?? 1;
      taken += 1;
      return nanoseconds * slowness;
    },
  };
}

test('a slow minute of the machine leaves the ratio as it is', async () => {
  const { slice } = machine([1, 1, 1, 3, 3, 3, 3, 3, 1.5]);
  const turns = await takeTurns(61, 5, slice(40), slice(240));
  expect(turns.ratio.median).toBeCloseTo(6, 12);
  expect(turns.ours.best).toBe(40);
  expect(turns.theirs.best).toBe(240);
  expect(turns.ratio.quartiles[0]).toBeLessThanOrEqual(6);
  expect(turns.ratio.quartiles[1]).toBeGreaterThanOrEqual(6);
});

test('rounds of warming up do not count, and ours is measured before and after each of theirs', async () => {
  const order: string[] = [];
  const ours = [900, 800, 10, 30].values();
  const theirs = [7_000, 5_000, 100].values();
  const turns = await takeTurns(
    1,
    2,
    () => {
      order.push('ours');
      return ours.next().value ?? Number.NaN;
    },
    async () => {
      order.push('theirs');
      return theirs.next().value ?? Number.NaN;
    },
  );
  expect(order).toEqual(['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs', 'ours']);
  expect(turns).toEqual({
    ours: { median: 30, best: 30 },
    theirs: { median: 100, best: 100 },
    ratio: { median: 5, quartiles: [5, 5] },
  });
});
