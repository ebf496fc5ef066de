import { isTradingError, MICROS_PER_MINUTE, seededRandom } from '@trading-agent/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelledRows, mergeRows } from './dataset.ts';
import { randomWalk } from './test-bars.ts';
import { walkForward } from './walk-forward.ts';

const rows = mergeRows(['AAPL', 'SPY'].map((symbol) => labelledRows(randomWalk(symbol, 3, seededRandom(symbol)), 30)));

test('training comes before validation with its labels and the embargo; validation goes over everything but the first block once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 60 }), (folds, embargo) => {
      const splits = walkForward(rows, folds, embargo);
      expect(splits).toHaveLength(folds);
      for (const { train, validate, purged, from, to } of splits) {
        const known = train.reduce((latest, row) => Math.max(latest, row.labelEnd), 0);
        expect(known + embargo * MICROS_PER_MINUTE).toBeLessThanOrEqual(from);
        expect(validate[0]?.vector.at).toBe(from);
        expect(validate.at(-1)?.vector.at).toBe(to);
        expect(train.length + purged).toBe(rows.filter((row) => row.vector.at < from).length);
      }
      const validated = splits.flatMap((split) => split.validate);
      expect(validated).toEqual(rows.slice(rows.length - validated.length));
      expect(new Set(validated).size).toBe(validated.length);
    }),
  );
});

test('without an embargo exactly the rows whose labels reach into validation are purged', () => {
  const [split] = walkForward(rows, 1, 0);
  const reaching = rows.filter((row) => row.vector.at < (split?.from ?? 0) && row.labelEnd > (split?.from ?? 0));
  expect(split?.purged).toBe(reaching.length);
  expect(reaching.length).toBeGreaterThan(0);
});

test('too few rows are refused with a hint', () => {
  const refused = expect.toSatisfy(
    (error: unknown) => isTradingError(error, 'INVALID_VALUE') && error.hint !== undefined,
  );
  expect(() => walkForward(rows.slice(0, 3), 5, 0)).toThrow(refused);
  expect(() => walkForward([], 1, 0)).toThrow(refused);
  expect(() => walkForward(rows, 2, 100_000)).toThrow(refused);
});
