import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { newGreekColumns, newHigherGreekColumns, newOptionColumns } from '../columns.ts';
import { portablePriceColumns } from '../greeks-batch.ts';
import { kernelRunner } from './black-runner.ts';
import { roundsProductsOnce } from './relaxed-vectors.ts';

const ROWS = 500;
const contracts = newOptionColumns(ROWS);
const volatility = new Float64Array(ROWS);
for (let i = 0; i < ROWS; i += 1) {
  // Irrational rotations cover spot, strike, time and rates evenly.
  const at = (step: number): number => (i * step) % 1;
  contracts.spot[i] = 20 + 480 * at(0.618_033_988_7);
  contracts.years[i] = 0.002 + 2 * at(0.414_213_562_3);
  volatility[i] = 0.02 + 0.7 * at(0.732_050_807_5);
  const reach = (volatility[i] ?? 0) * Math.sqrt(contracts.years[i] ?? 0);
  contracts.strike[i] = (contracts.spot[i] ?? 0) * Math.exp(reach * (10 * at(0.236_067_977_4) - 5));
  contracts.rate[i] = 0.08 * at(0.302_775_637_7) - 0.02;
  contracts.yield[i] = 0.05 * at(0.358_898_943_5);
  contracts.call[i] = i & 1;
}

test.skipIf(!roundsProductsOnce())(
  'with and without the relaxed instructions the figures agree to 1e-13 of their size',
  () => {
    const kinds = [
      { kind: 'greeks', of: newGreekColumns },
      { kind: 'higher-greeks', of: newHigherGreekColumns },
    ] as const;
    for (const { kind, of } of kinds) {
      const [fused, plain] = [true, false].map((relaxed) => {
        const { status: _, ...figures } = of(ROWS);
        const columns = Object.values(figures);
        expect(kernelRunner(relaxed)(kind, 0, ROWS, contracts, volatility, columns)).toBe(true);
        return columns;
      });
      const sizes = fused?.map((column) => column.reduce((sum, one) => sum + Math.abs(one), 0)) ?? [];
      expect(sizes.every((size) => size > 0)).toBe(true);
      const worst = fused?.flatMap((column, index) =>
        Array.from(column, (value, i) => {
          const other = plain?.[index]?.[i] ?? Number.NaN;
          return Math.abs(value - other) / Math.max(Math.abs(value), 1);
        }),
      );
      expect(Math.max(...(worst ?? [Number.NaN]))).toBeLessThan(1e-13);
    }
  },
);

test('portable figures have the same bits on every machine', () => {
  const { status, ...figures } = newGreekColumns(ROWS);
  portablePriceColumns(ROWS, contracts, volatility, { status, ...figures });
  const hash = createHash('sha256');
  for (const column of Object.values(figures)) hash.update(new Uint8Array(column.buffer));
  expect(hash.digest('hex')).toBe('a7b40e678ac51b8e3eb36c04fc5ae712ce8299571be3057738f5a38e26185996');
});
