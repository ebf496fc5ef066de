import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, ln, normal, normalCdf, normalQuantile } from './arithmetic.ts';

// Reference values to 20 digits: Abramowitz and Stegun, tables 4.2, 4.4, 26.1 and 26.5 (quantiles to the digits printed there).
describe('arithmetic without functions of the machine', () => {
  it('has the values of the tables', () => {
    expect(exp(1)).toBeCloseTo(2.718281828459045, 14);
    expect(exp(-10)).toBeCloseTo(4.5399929762484854e-5, 19);
    expect(ln(10)).toBeCloseTo(2.302585092994046, 14);
    expect(ln(0.5)).toBeCloseTo(-0.6931471805599453, 15);
    expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300946, 16);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
    expect(normalQuantile(1e-9)).toBeCloseTo(-5.997807015, 8);
    expect([exp(0), ln(1), normalCdf(0), normalQuantile(0.5)]).toEqual([1, 0, 0.5, 0]);
  });

  it('agrees with the functions of this machine to their last digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4e-16);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(4e-16 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
  });

  it('the quantile undoes the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) => {
        const p = normalCdf(x);
        // What the rounding of p itself moves x by, near the upper end.
        const rounding = 2e-16 / Math.exp(-0.5 * x * x);
        expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(1e-12 + 10 * rounding);
      }),
    );
  });

  it('gives the same bits everywhere: pinned by their text', () => {
    let sum = 0;
    for (let i = 1; i < 2_000; i += 1) {
      const x = i / 37;
      sum += exp(-x) + ln(x) + normalCdf(x - 20) + normal({ next: () => i / 2_000 });
    }
    expect(String(sum)).toBe('7276.700794510455');
  });
});
