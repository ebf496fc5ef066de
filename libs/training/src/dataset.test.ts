import { isTradingError, MICROS_PER_DAY, MICROS_PER_MINUTE, seededRandom } from '@trading-agent/core';
import { WARM_UP_BARS } from '@trading-agent/features';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelledRows, mergeRows } from './dataset.ts';
import { FIRST_OPEN, randomWalk } from './test-bars.ts';

const bars = randomWalk('SPY', 2, seededRandom('dataset.test'));

test('a label is the sign of the move to the last close at the horizon, written down anew', () => {
  const rows = labelledRows(bars, 30);
  const closeAt = (time: number): number => bars.findLast((bar) => bar.end <= time)?.close ?? Number.NaN;
  for (const row of rows) {
    const later = closeAt(row.vector.at + 30 * MICROS_PER_MINUTE);
    expect(row.label).toBe(later > closeAt(row.vector.at) ? 1 : 0);
    expect(row.labelEnd - row.vector.at).toBe(30 * MICROS_PER_MINUTE);
  }
  // Each day loses the bars whose horizon lies 5 minutes past its end or more (the second day, where the data end, 30), the first day
  // the warm-up too; equal closes don't occur here.
  expect(rows).toHaveLength(390 - 26 - (WARM_UP_BARS - 1) + 390 - 30);
});

test('no label reaches over the night', () => {
  for (const row of labelledRows(bars, 30)) {
    const day = Math.floor((row.vector.at - FIRST_OPEN) / MICROS_PER_DAY);
    expect(Math.floor((row.labelEnd - FIRST_OPEN - 1) / MICROS_PER_DAY)).toBe(day);
    expect(row.labelEnd - FIRST_OPEN - day * MICROS_PER_DAY).toBeLessThanOrEqual(
      390 * MICROS_PER_MINUTE + 4 * MICROS_PER_MINUTE,
    );
  }
});

test('a missing minute is bridged by the last close, a longer hole is not', () => {
  const at = 100;
  const horizon = 10;
  const rowAt = (missing: readonly number[]): boolean =>
    labelledRows(
      bars.filter((_, index) => !missing.includes(index)),
      horizon,
    ).some((row) => row.vector.at === bars[at]?.end);
  expect(rowAt([])).toBe(true);
  expect(rowAt([110, 109])).toBe(true);
  expect(rowAt([110, 109, 108, 107, 106])).toBe(false);
});

test('what comes after the horizon changes no row before it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 700 }), (length) => {
      const cut = bars.slice(0, length);
      const end = cut.at(-1)?.end ?? 0;
      const before = labelledRows(bars, 15).filter((row) => row.labelEnd <= end);
      expect(labelledRows(cut, 15)).toEqual(before);
    }),
    { numRuns: 25 },
  );
});

test('symbols are merged in order of time, then name', () => {
  const spy = labelledRows(bars, 30);
  const qqq = labelledRows(
    bars.map((bar) => ({ ...bar, symbol: 'QQQ' })),
    30,
  );
  const merged = mergeRows([spy, qqq]);
  expect(merged).toHaveLength(spy.length * 2);
  expect(merged.slice(0, 4).map((row) => row.vector.symbol)).toEqual(['QQQ', 'SPY', 'QQQ', 'SPY']);
});

test('bars out of order, twice, of two symbols or without a price are refused', () => {
  const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
  const [first, second] = bars;
  if (first === undefined || second === undefined) throw new Error('no bars');
  expect(() => labelledRows([second, first], 30)).toThrow(refused);
  expect(() => labelledRows([first, first], 30)).toThrow(refused);
  expect(() => labelledRows([first, { ...second, symbol: 'QQQ' }], 30)).toThrow(refused);
  expect(() => labelledRows([{ ...first, close: Number.NaN }], 30)).toThrow(refused);
  expect(() => labelledRows(bars, 0)).toThrow(refused);
});
