import { expect, test } from 'vitest';
import { erf, erfc, normalCdf } from './normal.ts';

// 20-digit values: mpmath 1.3.0 at 50 digits.
test.each([
  [0.1, 0.887537083981715],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [3.9, 3.479224859723177e-8],
  [4.1, 6.700027654084919e-9],
  // Squares that no double holds.
  [7.77, 4.343_717_238_924_727e-28],
  [13.37, 9.793_817_364_122_468e-80],
  [20.123, 3.855_721_671_251_05e-178],
  [10, 2.0884875837625446e-45],
  [26, 5.663192408856143e-296],
  [-1, 1.842700792949715],
  [-5, 1.9999999999984626],
])('erfc(%d) has full relative accuracy', (x, expected) => {
  expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(2e-15);
});

test('erf is odd and complements erfc', () => {
  for (let x = -6; x <= 6; x += 0.01) {
    expect(erf(-x)).toBe(-erf(x));
    expect(Math.abs(erf(x) + erfc(x) - 1)).toBeLessThan(3e-16);
  }
});

test('the lower tail of the normal distribution does not lose digits', () => {
  // Rounding x to a double moves the tail by x² epsilon: the figure can't be better than that.
  expect(Math.abs(normalCdf(-10) / 7.619853024160527e-24 - 1)).toBeLessThan(3e-14);
  expect(Math.abs(normalCdf(-37) / 5.725571222524577e-300 - 1)).toBeLessThan(3e-13);
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
});
