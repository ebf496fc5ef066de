import { isTradingError, seededRandom } from '@trading-agent/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { solvePositiveDefinite } from './linear-solve.ts';

test('a small system by hand', () => {
  // [[4, 2], [2, 3]] x = [2, 5] has x = (-0.5, 2).
  const x = solvePositiveDefinite([Float64Array.of(4, 0), Float64Array.of(2, 3)], Float64Array.of(2, 5));
  expect(x[0]).toBeCloseTo(-0.5, 14);
  expect(x[1]).toBeCloseTo(2, 14);
});

test('the solution solves: A = M Mᵀ + I', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, size) => {
      const random = seededRandom(seed);
      const m = Array.from({ length: size }, () => Float64Array.from({ length: size }, () => random.normal()));
      const dot = (a: Float64Array, b: Float64Array): number =>
        a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0);
      const a = m.map((row, i) => Float64Array.from(m, (other, j) => dot(row, other) + Number(i === j)));
      const b = Float64Array.from({ length: size }, () => random.normal());
      const x = solvePositiveDefinite(a, b);
      for (const [i, row] of a.entries()) expect(Math.abs(dot(row, x) - (b[i] ?? 0))).toBeLessThan(1e-9);
    }),
  );
});

test('a matrix that is not positive definite is refused', () => {
  const attempt = (): unknown =>
    solvePositiveDefinite([Float64Array.of(1), Float64Array.of(2, 1)], Float64Array.of(1, 1));
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => isTradingError(error, 'INTERNAL')));
});
