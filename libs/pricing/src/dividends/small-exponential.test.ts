import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exponential } from './small-exponential.ts';

/** Two units in the last place of a double at 1. */
const LAST_BITS = 4.5e-16;

it('is the exponential to the last bits, on both sides of where the series ends', () => {
  const power = fc.oneof(
    fc.double({ min: -0.0301, max: 0.0301, noNaN: true }),
    fc.double({ min: -700, max: 700, noNaN: true }),
  );
  fc.assert(
    fc.property(power, (x) => {
      const exact = Math.exp(x);
      expect(Math.abs(exponential(x) - exact)).toBeLessThanOrEqual(LAST_BITS * exact);
    }),
  );
  expect(exponential(0)).toBe(1);
  expect(exponential(Number.NaN)).toBeNaN();
});
