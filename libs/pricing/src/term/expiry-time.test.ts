import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { exInstant, expiryInstant, financingYears, settledRate, yearsBetween } from './expiry-time.ts';

const pm = (expiry: string, root: string) => ({ expiry: marketDate(expiry), settles: 'pm', root }) as const;

describe('when an option expires', () => {
  it('is the close in New York, on both sides of the change of clocks', () => {
    expect(expiryInstant(pm('2014-06-21', 'AAPL'))).toBe(Date.UTC(2014, 5, 20, 20) * 1000);
    expect(expiryInstant(pm('2015-12-31', 'GOOG'))).toBe(Date.UTC(2015, 11, 31, 21) * 1000);
  });

  it('is 13:00 on a half day, 16:15 for products that trade late, 09:30 when settled in the morning', () => {
    expect(expiryInstant(pm('2015-12-24', 'GOOG'))).toBe(nyInstant(marketDate('2015-12-24'), '13:00'));
    expect(expiryInstant(pm('2015-12-18', 'SPY'))).toBe(nyInstant(marketDate('2015-12-18'), '16:15'));
    expect(expiryInstant(pm('2021-01-08', 'SPXW'))).toBe(nyInstant(marketDate('2021-01-08'), '16:00'));
    expect(expiryInstant({ expiry: marketDate('2015-12-18'), settles: 'am', root: 'SPX' })).toBe(
      nyInstant(marketDate('2015-12-18'), '09:30'),
    );
  });

  it('counts to the second and stops at zero', () => {
    const end = expiryInstant(pm('2015-12-31', 'GOOG'));
    const before = nyInstant(marketDate('2015-12-31'), '15:59:59');
    expect(yearsBetween(before, end)).toBe(1 / 31_536_000);
    expect(yearsBetween(end, before)).toBe(0);
    expect(
      yearsBetween(nyInstant(marketDate('2015-01-02'), '16:00'), nyInstant(marketDate('2016-01-02'), '16:00')),
    ).toBe(1);
  });

  it('takes a dividend off at the open of its ex date', () => {
    expect(exInstant(marketDate('2014-08-07'))).toBe(nyInstant(marketDate('2014-08-07'), '09:30'));
    expect(exInstant(marketDate('2014-08-09'))).toBe(nyInstant(marketDate('2014-08-11'), '09:30'));
  });
});

describe('what money costs', () => {
  const now = nyInstant(marketDate('2014-06-06'), '15:00');

  it('runs from the payment of the premium to the payment at delivery', () => {
    const lagged = financingYears(now, pm('2014-06-21', 'AAPL'), { premium: 1, delivery: 3 });
    // Friday 06-06 pays Monday 06-09; Friday 06-20 delivers Wednesday 06-25.
    expect(lagged).toBeCloseTo(16 / 365, 14);
    expect(financingYears(now, pm('2014-06-21', 'AAPL'), { premium: 0, delivery: 0 })).toBeCloseTo(14 / 365, 14);
    // What is begun on a Saturday is begun on Monday, and paid on Tuesday.
    const saturday = nyInstant(marketDate('2014-06-07'), '12:00');
    expect(financingYears(saturday, pm('2014-06-21', 'AAPL'), { premium: 0, delivery: 0 })).toBeCloseTo(11 / 365, 14);
    expect(financingYears(saturday, pm('2014-06-21', 'AAPL'), { premium: 1, delivery: 0 })).toBeCloseTo(10 / 365, 14);
    // Whole days, over a change of clocks too.
    expect(financingYears(now, pm('2014-11-22', 'AAPL'), { premium: 0, delivery: 0 })).toBe(168 / 365);
  });

  it('keeps the discount when the clock of volatility is another', () => {
    expect(Math.exp(-settledRate(0.05, 0.04, 0.05) * 0.04)).toBeCloseTo(Math.exp(-0.05 * 0.05), 15);
    expect(settledRate(0.05, 0, 0.05)).toBe(0.05);
  });

  it('refuses a lag that is none', () => {
    expect(() => financingYears(now, pm('2014-06-21', 'AAPL'), { premium: -1, delivery: 0 })).toThrow(/lag/);
  });
});
