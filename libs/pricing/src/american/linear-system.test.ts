import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LinearSystem } from './linear-system.ts';

const entries = (count: number) =>
  fc.array(fc.double({ noNaN: true, min: -10, max: 10 }), { minLength: count, maxLength: count });

it('gives the vector from its product, for several right sides of one matrix, whatever the order of rows', () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 9 })
        .chain((n) => fc.record({ n: fc.constant(n), matrix: entries(n * n), x: entries(n), shift: fc.nat(n) })),
      ({ n, matrix, x, shift }) => {
        const stride = n + (n % 2);
        const rows = Array.from({ length: n }, (_, i) =>
          // A diagonal that no other entries outweigh, moved to other rows: it takes exchanges, and has an answer.
          Array.from(
            { length: n },
            (_entry, j) => (matrix[i * n + j] ?? 0) + ((i + shift) % n === j ? 10 * n + 10 : 0),
          ),
        );
        const stored = new Float64Array(n * stride);
        rows.forEach((row, i) => stored.set(row, i * stride));
        const product = (of: readonly number[]): Float64Array =>
          Float64Array.from(rows, (row) => row.reduce((sum, entry, j) => sum + entry * (of[j] ?? 0), 0));
        const system = new LinearSystem(n, stride, stored);
        system.factor();
        for (const solution of [x, x.toReversed()]) {
          const right = product(solution);
          system.solve(right);
          right.forEach((value, i) => {
            expect(Math.abs(value - (solution[i] ?? 0))).toBeLessThan(1e-12);
          });
        }
      },
    ),
  );
});
