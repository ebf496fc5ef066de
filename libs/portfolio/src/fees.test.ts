import { addDays, marketDate, micros, usd } from '@trading-agent/core';
import { type Execution, type ExecutionLeg, optionSymbol } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLEARING_FEE,
  CLEARING_FEE_CAP,
  OPTIONS_REGULATORY_FEE,
  SECTION_31,
  SHARE_ACTIVITY_FEE,
  SHARE_ACTIVITY_FEE_CAP,
  TRADING_ACTIVITY_FEE,
  rateOn,
} from './fee-schedule.ts';
import { feeBreakdown, feesFor } from './fees.ts';

const CALL = optionSymbol('GOOG160115C00750000');
const PUT = optionSymbol('GOOG160115P00750000');
const INDEX_CALL = optionSymbol('SPXW210108C03800000');
const MINI = optionSymbol('GOOG7140118C00750000');

function execution(...legs: readonly ExecutionLeg[]): Execution {
  return { executionId: 'e1', clientOrderId: 'c1', at: micros(0), quantity: 1, legs };
}

const buy = (symbol: ExecutionLeg['symbol'], quantity: number, price: number): ExecutionLeg => ({
  symbol,
  intent: 'buy_to_open',
  quantity,
  price,
});
const sell = (symbol: ExecutionLeg['symbol'], quantity: number, price: number): ExecutionLeg => ({
  symbol,
  intent: 'sell_to_open',
  quantity,
  price,
});

describe('rates by date', () => {
  // Dates and rates as the SEC and FINRA announced them (press releases 2009-270, 2010-255 and 2016-2, notices 3/10/10, 3/3/14, 5/7/18, 2/3/20, 4/24/25).
  it.each([
    ['2010-01-14', 25.7],
    ['2010-01-15', 12.7],
    ['2010-04-01', 16.9],
    ['2011-01-21', 19.2],
    ['2012-02-20', 19.2],
    ['2012-02-21', 18],
    ['2014-06-05', 22.1],
    ['2015-12-24', 18.4],
    ['2016-02-15', 18.4],
    ['2016-02-16', 21.8],
    ['2018-05-21', 23.1],
    ['2018-05-22', 13],
    ['2020-02-18', 22.1],
    ['2021-02-24', 22.1],
    ['2021-02-25', 5.1],
    ['2025-05-13', 27.8],
    ['2025-05-14', 0],
    ['2026-04-03', 0],
    ['2026-04-04', 20.6],
  ])('Section 31 on %s is %d dollars per million', (date, rate) => {
    expect(rateOn(SECTION_31, marketDate(date))).toBe(rate);
  });

  it.each([
    // NASD Notice to Members 02-63 and 04-84, FINRA Regulatory Notices 11-27 and 12-06, the fee's page for July 2012.
    ['2002-09-30', 0, 3.75],
    ['2004-11-01', 0.000075, 3.75],
    ['2011-06-30', 0.000075, 3.75],
    ['2011-07-01', 0.00009, 4.5],
    ['2012-03-01', 0.000095, 4.75],
    ['2012-06-30', 0.000095, 4.75],
    ['2012-07-01', 0.000119, 5.95],
    ['2022-01-01', 0.00013, 6.49],
    ['2026-01-01', 0.000195, 9.79],
  ])('the activity fee on %s is %d dollars per share, at most %d', (date, rate, cap) => {
    expect(rateOn(SHARE_ACTIVITY_FEE, marketDate(date))).toBe(rate);
    expect(rateOn(SHARE_ACTIVITY_FEE_CAP, marketDate(date))).toBe(cap);
  });

  it('OCC lowered its fee on 2020-09-01 and 2021-06-01 and raised it on 2025-02-14', () => {
    const dates = ['2020-08-31', '2020-09-01', '2021-05-31', '2021-06-01', '2025-02-13', '2025-02-14'].map(marketDate);
    expect(dates.map((date) => rateOn(CLEARING_FEE, date))).toEqual([0.055, 0.045, 0.045, 0.02, 0.02, 0.025]);
  });

  it.each([
    SECTION_31,
    TRADING_ACTIVITY_FEE,
    SHARE_ACTIVITY_FEE,
    SHARE_ACTIVITY_FEE_CAP,
    CLEARING_FEE,
    CLEARING_FEE_CAP,
    OPTIONS_REGULATORY_FEE,
  ])('table %# ascends strictly, starts in 1990 and names a source for every row', (...table) => {
    expect(table[0]?.from).toBe('1990-01-01');
    const dates = table.map((row) => row.from);
    expect([...new Set(dates)].sort()).toEqual(dates);
    for (const row of table) {
      expect(row.rate).toBeGreaterThanOrEqual(0);
      expect(row.source.length).toBeGreaterThan(5);
    }
  });
});

describe('fees of one execution', () => {
  it('charges a buy only what is charged on both sides', () => {
    // Worked by hand for 2025-04-01: ORF 10 x 0.02815 = 0.2815 -> 0.29; OCC 10 x 0.025 = 0.25.
    expect(feeBreakdown(execution(buy(CALL, 10, 12)), marketDate('2025-04-01'))).toEqual({
      regulatory: usd(0.29),
      clearing: usd(0.25),
      tradingActivity: usd(0),
      section31: usd(0),
      total: usd(0.54),
    });
  });

  it('adds the activity fee and Section 31 on a sale', () => {
    // TAF 10 x 0.00279 = 0.0279 -> 0.03; Section 31 10 x 12 x 100 x 27.80 / 1e6 = 0.3336 -> 0.34.
    expect(feeBreakdown(execution(sell(CALL, 10, 12)), marketDate('2025-04-01'))).toEqual({
      regulatory: usd(0.29),
      clearing: usd(0.25),
      tradingActivity: usd(0.03),
      section31: usd(0.34),
      total: usd(0.91),
    });
  });

  it('charges shares when they are sold, the activity fee up to its cap', () => {
    // 1,000 x 0.000166 = 0.166 -> 0.17, the worked example of brokerage-review.com; 50,000 at 45 x 27.80 / 1e6 = 62.55.
    const sale = (quantity: number) => feeBreakdown(execution(sell('KO', quantity, 45)), marketDate('2025-04-01'));
    expect(sale(1_000)).toEqual({
      regulatory: usd(0),
      clearing: usd(0),
      tradingActivity: usd(0.17),
      section31: usd(1.26),
      total: usd(1.43),
    });
    expect(sale(50_000)).toMatchObject({ tradingActivity: usd(8.3), section31: usd(62.55) });
    expect(sale(80_000).tradingActivity).toBe(usd(8.3));
    expect(feesFor(execution(buy('KO', 1_000, 45)), marketDate('2025-04-01'))).toBe(0);
  });

  it('sums the legs of a package before rounding', () => {
    const both = feeBreakdown(execution(buy(CALL, 1, 12), sell(PUT, 1, 10)), marketDate('2025-04-01'));
    // ORF 2 x 0.02815 = 0.0563 -> 0.06, not 2 x 0.03 by luck: OCC 2 x 0.025 = 0.05, not 2 x 0.03.
    expect(both.regulatory).toBe(usd(0.06));
    expect(both.clearing).toBe(usd(0.05));
  });

  it('exempts sales of index options from Section 31', () => {
    expect(feeBreakdown(execution(sell(INDEX_CALL, 10, 120)), marketDate('2021-01-08')).section31).toBe(0);
  });

  it('takes a tenth of the proceeds for a mini contract', () => {
    const date = marketDate('2014-01-03');
    const mini = feeBreakdown(execution(sell(MINI, 100, 50)), date).section31;
    expect(mini).toBe(feeBreakdown(execution(sell(CALL, 10, 50)), date).section31);
    expect(mini).toBe(usd(0.87)); // 100 x 10 x 50 x 17.40 / 1e6
  });

  it('caps clearing per leg at 55 dollars until 2025-02-13', () => {
    const large = execution(buy(CALL, 5_000, 1));
    expect(feeBreakdown(large, marketDate('2025-02-13')).clearing).toBe(usd(55));
    expect(feeBreakdown(large, marketDate('2025-02-14')).clearing).toBe(usd(125));
  });

  it('an exact number of cents is not rounded up by binary noise', () => {
    // 100 x 0.00279 is 0.27899999999999997 and 1000 x 0.0427 is 42.699999999999996 in doubles; both are whole cents.
    expect(feeBreakdown(execution(sell(CALL, 1_000, 1)), marketDate('2024-06-03')).tradingActivity).toBe(usd(2.79));
    expect(feeBreakdown(execution(buy(CALL, 1_000, 1)), marketDate('2015-12-24')).regulatory).toBe(usd(42.7));
  });

  it('whole cents, never negative, and splitting an execution never makes it cheaper', () => {
    const quantity = fc.integer({ min: 1, max: 400 });
    const price = fc.integer({ min: 1, max: 30_000 }).map((cents) => cents / 100);
    const day = fc.integer({ min: 0, max: 12_000 }).map((days) => addDays(marketDate('1995-01-01'), days));
    fc.assert(
      fc.property(quantity, quantity, price, day, fc.boolean(), (first, second, at, date, selling) => {
        const make = selling ? sell : buy;
        const whole = feesFor(execution(make(CALL, first + second, at)), date);
        const parts =
          feesFor(execution(make(CALL, first, at)), date) + feesFor(execution(make(CALL, second, at)), date);
        expect(whole % 10_000).toBe(0);
        expect(whole).toBeGreaterThanOrEqual(0);
        expect(parts).toBeGreaterThanOrEqual(whole);
      }),
    );
  });
});
