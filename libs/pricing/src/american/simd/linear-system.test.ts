import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newColumn } from './kernel-memory.ts';
import { LinearSystem } from './linear-system.ts';

const entries = (count: number) =>
  fc.array(fc.double({ noNaN: true, min: -10, max: 10 }), { minLength: count, maxLength: count });

it('gives the vector from its product, for several right sides of one matrix', () => {
  for (let n = 1; n <= 9; n += 1) {
    const stride = n + (n % 2);
    const stored = newColumn(n * stride);
    const system = new LinearSystem(n, stride, stored);
    fc.assert(
      fc.property(entries(n * n), entries(n), (matrix, x) => {
        // A diagonal that the other entries do not outweigh: without exchanges of rows nothing else has digits in every case.
        const rows = Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (_entry, j) => (matrix[i * n + j] ?? 0) + (i === j ? 10 * n + 10 : 0)),
        );
        rows.forEach((row, i) => stored.values.set(row, i * stride));
        const product = (of: readonly number[]): Float64Array =>
          Float64Array.from(rows, (row) => row.reduce((sum, entry, j) => sum + entry * (of[j] ?? 0), 0));
        system.factor();
        for (const solution of [x, x.toReversed()]) {
          const right = product(solution);
          system.solve(right);
          right.forEach((value, i) => {
            expect(Math.abs(value - (solution[i] ?? 0))).toBeLessThan(1e-12);
          });
        }
      }),
    );
  }
});
