import { expect, test } from 'vitest';
import { absurdRun } from './absurd-kernels.ts';

/** The long version, a million contracts each: tools/fuzz/pricing.ts. */
test.each([
  ['european', 20_000],
  ['american', 1_500],
  ['dividends', 1_500],
] as const)('%s kernels: no absurd contract gives NaN, an infinity or an exception', (kernel, count) => {
  const run = absurdRun(kernel, { count, seed: 20_251_124, twoBoundariesEvery: 0 });
  expect(run.failures).toEqual([]);
  expect(run.contracts).toBeGreaterThan(0.8 * count);
  for (const outcome of ['ok', 'below-intrinsic', 'above-maximum', 'no-quote', 'expired'] as const) {
    expect(run.outcomes[outcome], outcome).toBeGreaterThan(0);
  }
});
