import { expect, test } from 'vitest';
import { presentValues, refinePresentValue } from './present-value.ts';

// mpmath 1.3.0 at 60 digits: amount, rate, years, the nearest double and what is missing to the value.
const rows = [
  [100, 0.05, 1, 95.1229424500714, -5.383532144291627e-15],
  [4123.55, 0.0437, 0.7342465753424657, 3993.339576825179, -9.204167961366671e-14],
  [17.3, -0.021, 3.1, 18.46369739927105, -9.773564366865109e-16],
  [100, 0.0009, 0.0027397, 99.99975342730399, 4.885439100583244e-15],
  [250, 0.1, 30, 12.446767091965985, -8.476422555332976e-16],
  [0.001, 0.5, 12, 2.4787521766663583e-6, 1.5332028381628374e-22],
  [99.99, 0, 2, 99.99, 0],
] as const;

test.each(rows)('%d at %d over %d years is right to 61 bits, refined to 70', (amount, rate, years, high, low) => {
  const highs = new Float64Array(1);
  const lows = new Float64Array(1);
  const error = (): number => Math.abs((highs[0] ?? 0) - high + ((lows[0] ?? 0) - low)) / high;
  presentValues(0, 1, Float64Array.of(amount), Float64Array.of(rate), Float64Array.of(years), highs, lows);
  expect(error()).toBeLessThan(2 ** -61);
  refinePresentValue(0, amount, rate, years, highs, lows);
  expect(error()).toBeLessThan(2 ** -70);
});

test('amounts and exponents out of range get the plain value', () => {
  const highs = new Float64Array(4);
  const lows = new Float64Array(4).fill(1);
  const amounts = Float64Array.of(1e200, 100, 0, 100);
  presentValues(0, 4, amounts, Float64Array.of(0, -800, 0.1, 800), Float64Array.of(1, 1, 1, 1), highs, lows);
  expect([...highs]).toEqual([1e200, Number.POSITIVE_INFINITY, 0, 100 * Math.exp(-800)]);
  expect([...lows]).toEqual([0, 0, 0, 0]);
});
