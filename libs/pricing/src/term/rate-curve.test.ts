import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveAsOf } from '../testing/treasury-history.ts';
import { RateCurve } from './rate-curve.ts';

const shared = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data');
const file = join(shared, 'reference/us_treasury_par_yields_1990_2021.csv.gz');

describe('a curve from par yields', () => {
  it('has, for bills, the discount of simple interest and is flat before the first tenor', () => {
    const curve = RateCurve.fromParYields([
      { years: 0.25, yield: 0.04 },
      { years: 0.5, yield: 0.05 },
    ]);
    expect(curve.discount(0.25)).toBeCloseTo(1 / 1.01, 14);
    expect(curve.discount(0.5)).toBeCloseTo(1 / 1.025, 14);
    expect(curve.rate(0.05)).toBeCloseTo(4 * Math.log(1.01), 14);
    expect(curve.rate(0)).toBeCloseTo(4 * Math.log(1.01), 14);
  });

  it('strips a two-year curve to the discounts worked out by hand', () => {
    // Par 4 % flat at 0.5 and 1, 5 % at 2 (4.5 % at 1.5): d1 = 1/1.02, d2 = 1/1.02^2, d3 = (1 - 0.0225 (d1 + d2)) / 1.0225, d4 likewise.
    const curve = RateCurve.fromParYields([
      { years: 0.5, yield: 0.04 },
      { years: 1, yield: 0.04 },
      { years: 2, yield: 0.05 },
    ]);
    const d1 = 1 / 1.02;
    const d2 = d1 * d1;
    const d3 = (1 - 0.0225 * (d1 + d2)) / 1.0225;
    const d4 = (1 - 0.025 * (d1 + d2 + d3)) / 1.025;
    expect(curve.discount(1)).toBeCloseTo(d2, 13);
    expect(curve.discount(1.5)).toBeCloseTo(d3, 13);
    expect(curve.discount(2)).toBeCloseTo(d4, 13);
  });

  it('prices every par bond at par, discounts fall while yields are positive, flat stays flat', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.002, max: 0.09, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (yields) => {
          const tenors = [0.5, 1, 2, 5];
          const curve = RateCurve.fromParYields(tenors.map((years, k) => ({ years, yield: yields[k] ?? 0 })));
          tenors.forEach((years, k) => {
            let bond = curve.discount(years);
            for (let n = 1; n <= 2 * years; n += 1) bond += 0.5 * (yields[k] ?? 0) * curve.discount(n / 2);
            expect(bond).toBeCloseTo(1, 12);
          });
          expect(curve.discount(0)).toBe(1);
        },
      ),
      { numRuns: 100 },
    );
    expect(RateCurve.flat(0.03).rate(0.2)).toBeCloseTo(0.03, 15);
    expect(RateCurve.flat(0.03).rate(20)).toBeCloseTo(0.03, 15);
  });

  it('has a rate whatever the one yield it is made of', () => {
    for (const years of [0.01, 1 / 12, 0.25, 0.5, 0.51, 0.7, 0.74, 0.76, 1, 1.2, 30]) {
      const curve = RateCurve.fromParYields([{ years, yield: 0.05 }]);
      for (const at of [0, 0.02, 0.3, years, 1, 2, 40])
        expect(Math.abs(curve.rate(at) - 0.05), `${years}`).toBeLessThan(0.0015);
    }
  });

  it('refuses an empty list', () => {
    expect(() => RateCurve.fromParYields([])).toThrow(/par yield/);
    expect(() => RateCurve.fromParYields([{ years: 1, yield: 4 }])).toThrow(/par yield/);
  });

  it('takes a yield of zero as one, and leaves out what can be no yield', () => {
    const zero = RateCurve.fromParYields([
      { years: 0.25, yield: 0 },
      { years: 1, yield: 0.01 },
    ]);
    expect(zero.rate(0.1)).toBe(0);
    expect(zero.rate(0.25)).toBe(0);
    expect(zero.rate(0.5)).toBeGreaterThan(0);
    // Five percent written as 5, and a curve so steep that nothing would be left of the bond.
    const slipped = RateCurve.fromParYields([
      { years: 0.25, yield: 5 },
      { years: 0.5, yield: 0.04 },
      { years: 29.5, yield: 0.001 },
      { years: 30, yield: 0.9 },
    ]);
    expect(slipped.rate(0.25)).toBeCloseTo(2 * Math.log1p(0.02), 12);
    for (const years of [0, 1, 29, 30, 50]) expect(Math.abs(slipped.rate(years))).toBeLessThan(0.05);
  });
});

describe.skipIf(!existsSync(file))(`Treasury par yields (${file})`, () => {
  it('gives the rates of a day, and discounts that fall with time', () => {
    const text = gunzipSync(readFileSync(file)).toString();
    const curve = curveAsOf(text, marketDate('2014-06-06'));
    // 2014-06-05: 3 months 0.04 %, 1 year 0.10 %, 2 years 0.40 % as the Treasury's page has them.
    expect(curve.rate(0.25)).toBeCloseTo(4 * Math.log1p(0.0004 / 4), 10);
    expect(curve.rate(1)).toBeGreaterThan(0.0009);
    expect(curve.rate(1)).toBeLessThan(0.0012);
    const steep = curveAsOf(text, marketDate('2007-01-04'));
    const falling = Array.from({ length: 100 }, (_, k) => steep.discount(k * 0.3));
    falling.slice(1).forEach((one, k) => expect(one).toBeLessThan(falling[k] ?? 0));
  });
});
