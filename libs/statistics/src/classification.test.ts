import { isTradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accuracy,
  areaUnderCurve,
  confusion,
  correlation,
  f1Score,
  type Label,
  logLoss,
  precision,
  recall,
} from './index.ts';

test('counts and shares of a small example worked by hand', () => {
  // said: + + + - - -    was: + + - - - +
  const counts = confusion([1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 1]);
  expect(counts).toEqual({ truePositives: 2, falsePositives: 1, trueNegatives: 2, falseNegatives: 1 });
  expect(accuracy(counts)).toBeCloseTo(4 / 6, 15);
  expect(precision(counts)).toBeCloseTo(2 / 3, 15);
  expect(recall(counts)).toBeCloseTo(2 / 3, 15);
  expect(f1Score(counts)).toBeCloseTo(2 / 3, 15);
});

test('who never says positive has precision, recall and F1 of zero', () => {
  const counts = confusion([0, 0], [1, 0]);
  expect([precision(counts), recall(counts), f1Score(counts)]).toEqual([0, 0, 0]);
});

test("log loss: scikit-learn's documented example, the coin's ln 2, and a bound on certain errors", () => {
  // sklearn.metrics.log_loss(["spam", "ham", "ham", "spam"], [[.1, .9], [.9, .1], [.8, .2], [.35, .65]]) = 0.21616...
  expect(logLoss([0.9, 0.1, 0.2, 0.65], [1, 0, 0, 1])).toBeCloseTo(0.21616, 5);
  expect(logLoss([0.5, 0.5], [1, 0])).toBeCloseTo(Math.LN2, 15);
  expect(logLoss([0], [1])).toBeLessThan(35);
});

test('area under the curve: documented example, ties, and the plain count of pairs', () => {
  // sklearn.metrics.roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.75
  expect(areaUnderCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  expect(areaUnderCurve([0.3, 0.3], [0, 1])).toBe(0.5);
  expect(areaUnderCurve([0.3, 0.4], [1, 1])).toBeNaN();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom<Label>(0, 1)), { minLength: 2 }),
      (cases) => {
        const labels = cases.map(([, label]) => label);
        fc.pre(labels.includes(0) && labels.includes(1));
        let better = 0;
        let pairs = 0;
        for (const [high, up] of cases) {
          for (const [low, down] of cases) {
            if (up !== 1 || down !== 0) continue;
            pairs += 1;
            better += high > low ? 1 : high === low ? 0.5 : 0;
          }
        }
        const scores = cases.map(([score]) => score);
        expect(areaUnderCurve(scores, labels)).toBeCloseTo(better / pairs, 12);
      },
    ),
  );
});

test('correlation: a worked example, its bounds, and its sign', () => {
  // Sums of squares 10 and 6, of products 6: 6 / sqrt(60).
  expect(correlation([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])).toBeCloseTo(6 / Math.sqrt(60), 14);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 15);
  expect(correlation([1, 1, 1], [1, 2, 3])).toBeNaN();
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
      ),
      (pairs) => {
        const value = correlation(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        );
        expect(Number.isNaN(value) || Math.abs(value) <= 1).toBe(true);
      },
    ),
  );
});

test('series of different lengths are refused', () => {
  const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
  expect(() => correlation([1], [1, 2])).toThrow(refused);
  expect(() => logLoss([0.5], [1, 0])).toThrow(refused);
  expect(() => confusion([1], [])).toThrow(refused);
});
