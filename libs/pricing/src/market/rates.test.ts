import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { Rates, type TreasuryCurve } from './rates.ts';

describe('rates as of a day', () => {
  const curve = (date: string): TreasuryCurve => ({ date: marketDate(date), yields: [{ years: 0.25, yield: 0.02 }] });
  const of = (date: string, treasury?: TreasuryCurve | null) => Rates.asOf(marketDate(date), treasury);

  it('are the curve of an earlier day, never that of the day itself or a later one', () => {
    expect(of('2016-03-02', curve('2016-03-01'))).toMatchObject({ source: 'treasury', asOf: '2016-03-01' });
    expect(of('2016-03-02', curve('2016-03-01')).rate(0.25)).toBeCloseTo(Math.log1p(0.005) / 0.25, 14);
    expect(of('2016-03-02', curve('2016-02-17')).source).toBe('treasury');
    for (const date of ['2016-03-02', '2016-03-03', '2016-02-16'])
      expect(of('2016-03-02', curve(date))).toMatchObject({ source: 'policy', asOf: null });
  });

  it('are the policy rate without a curve, and 0 before anything is known', () => {
    // 0.25 to 0.5 percent from 2015-12-17.
    expect(of('2015-12-24').rate(0.1)).toBeCloseTo(Math.log(1.00375), 14);
    expect(of('2015-12-16').rate(0.1)).toBeCloseTo(Math.log(1.00125), 14);
    // Announced on the 16th at 14:15; on 2008-10-08 at 07:00.
    expect(of('2008-12-16').rate(0.1)).toBeCloseTo(Math.log(1.01), 14);
    expect(of('2008-12-17').rate(0.1)).toBeCloseTo(Math.log(1.00125), 14);
    expect(of('2008-10-08').rate(0.1)).toBeCloseTo(Math.log(1.015), 14);
    expect(of('2001-01-02', null)).toMatchObject({ source: 'none' });
    expect(of('2001-01-02').rate(0.1)).toBe(0);
    expect(of('2015-12-24', { date: marketDate('2015-12-23'), yields: [] }).source).toBe('policy');
  });
});
