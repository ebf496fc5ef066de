import { nyInstant } from '@trading-agent/calendar';
import { marketDate, micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { optionPrice } from '../european.ts';
import { expiryInstant, yearsBetween } from '../term/expiry-time.ts';
import type { ParityPair } from '../term/implied-forward.ts';
import type { ExpiryPricer } from './expiry-pricer.ts';
import { Rates } from './rates.ts';
import { BORROW, DIVIDENDS, EXPIRY, FLAT, NOON, RATE, SPOT, STOCKS, STRIKES, YEARS } from './testing/market.ts';
import { type CashDividend, UnderlyingPricer } from './underlying-pricer.ts';

const withDividend = STOCKS[0].market;

describe.each(STOCKS)('$name', ({ market, told }) => {
  const pricer = market.pricer(FLAT, told);

  it('is priced with the curve, the dividend, and the fee that its American quotes imply', () => {
    const { inputs } = pricer;
    expect(inputs.sources).toEqual({ rate: 'treasury', dividends: 'declared', forward: 'quotes' });
    expect(inputs.rate).toBe(RATE);
    expect(inputs.dividends).toHaveLength(told.length);
    expect(Math.abs(inputs.forward - market.forward)).toBeLessThan(0.01);
    expect(Math.abs(inputs.yield - BORROW)).toBeLessThan(6e-4);
    const carried = (SPOT - inputs.paid) * Math.exp((inputs.rate - inputs.yield) * inputs.years);
    expect(carried).toBeCloseTo(inputs.forward, 9);
  });
});

describe('where something is not known', () => {
  it('dividends that nobody told of are part of the yield: the forward is the same', () => {
    const { inputs } = withDividend.pricer(FLAT, null);
    expect(inputs.sources.dividends).toBe('unknown');
    expect(inputs.dividends).toEqual([]);
    expect(inputs.yield * YEARS).toBeGreaterThan(0.011);
    expect(Math.abs(inputs.forward - withDividend.forward)).toBeLessThan(0.03);
  });

  it('without quotes the yield is 0, and says so; it is read as soon as there are some, and kept when they are gone', () => {
    const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends: DIVIDENDS });
    let asked = 0;
    const at = (minute: number, pairs: readonly ParityPair[]): ExpiryPricer =>
      pricer.expiry({
        ...EXPIRY,
        style: 'american',
        at: micros(NOON + minute * MICROS_PER_MINUTE),
        spot: SPOT,
        pairs: () => {
          asked += 1;
          return pairs;
        },
      });
    expect(at(0, []).inputs).toMatchObject({
      yield: 0,
      standardError: null,
      sources: { rate: 'given', forward: 'carry' },
    });
    const read = at(1, withDividend.pairs()).inputs;
    expect(read.sources.forward).toBe('quotes');
    expect(asked).toBe(2);
    expect(at(3, []).inputs.yield).toBe(read.yield);
    expect(asked).toBe(2);
    const later = at(7, []).inputs;
    expect(asked).toBe(3);
    expect(later.yield).toBe(read.yield);
    expect(later.years).toBeCloseTo(read.years - 6 / (365 * 24 * 60), 12);
    expect(later.dividends[0]?.years).toBeCloseTo((read.dividends[0]?.years ?? 0) - 6 / (365 * 24 * 60), 12);
  });

  it('a dividend counts until its ex date opens, and none that falls after the expiry does', () => {
    const dividends = [...DIVIDENDS, { exDate: marketDate('2026-05-18'), cash: 3 }];
    const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends });
    const on = (day: string, time: string) =>
      pricer.expiry({
        ...EXPIRY,
        style: 'american',
        at: nyInstant(marketDate(day), time),
        spot: SPOT,
        pairs: () => [],
      });
    expect(on('2026-04-09', '16:00').inputs.dividends.map(({ cash }) => cash)).toEqual([1.2]);
    expect(on('2026-04-10', '09:30').inputs.dividends).toEqual([]);
  });

  it('a dividend far beyond the expiry, after the last known session even, stands in nobody’s way', () => {
    const dividends = [...DIVIDENDS, { exDate: marketDate('2206-05-18'), cash: 3 }];
    const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends });
    const { inputs } = pricer.expiry({ ...EXPIRY, style: 'american', at: NOON, spot: SPOT, pairs: () => [] });
    expect(inputs.dividends.map(({ cash }) => cash)).toEqual([1.2]);
  });

  it('an absurd forward is not believed', () => {
    const pairs = STRIKES.map((strike) => ({ strike, callBid: 30, callAsk: 30.1, putBid: 1, putAsk: 1.1 }));
    const { inputs } = new UnderlyingPricer({ rates: Rates.given(0.04), dividends: [] }).expiry({
      ...EXPIRY,
      style: 'american',
      at: NOON,
      spot: SPOT,
      pairs: () => pairs,
    });
    expect(inputs).toMatchObject({ yield: 0, sources: { forward: 'carry' } });
  });
});

describe('what counts for an expiry', () => {
  const asked = { ...EXPIRY, style: 'european', at: NOON, spot: SPOT } as const;

  it('is a dividend of its last day too: the stock trades without it from the morning on', () => {
    const dividends = ['2026-05-14', '2026-05-15', '2026-05-18'].map((day) => ({ exDate: marketDate(day), cash: 1 }));
    const { inputs } = new UnderlyingPricer({ rates: Rates.given(0), dividends }).expiry({ ...asked, pairs: () => [] });
    expect(inputs.dividends).toHaveLength(2);
    expect(inputs.paid).toBeCloseTo(2, 12);
  });

  it('is, settled in the morning, a dividend of that morning: opening prices are without it', () => {
    const forwardOf = (day: string): number => {
      const dividends = [{ exDate: marketDate(day), cash: 1 }];
      const pricer = new UnderlyingPricer({ rates: Rates.given(0), dividends });
      return pricer.expiry({ ...asked, settles: 'am', pairs: () => [] }).inputs.forward;
    };
    expect(['2026-05-14', '2026-05-15', '2026-05-18'].map(forwardOf)).toEqual([99, 99, 100]);
  });

  it('is cash for a year, a share of the price from three years on, and both between', () => {
    const days = ['2026-12-01', '2028-03-01', '2029-04-02'];
    const dividends = days.map((day) => ({ exDate: marketDate(day), cash: 1 }));
    const late = { ...asked, expiry: marketDate('2029-06-15') };
    const { inputs } = new UnderlyingPricer({ rates: Rates.given(0), dividends }).expiry({ ...late, pairs: () => [] });
    // The second falls in two years less a day: a half, and a little, in cash.
    expect(inputs.dividends.map(({ cash }) => Math.round(cash * 100) / 100)).toEqual([1, 0.5, 0]);
    expect(inputs.dividends.map(({ proportion }) => Math.round(proportion * 1e4) / 1e4)).toEqual([0, 0.005, 0.0102]);
  });

  it('is no fee of more than 3% of the price over its life and 10% a year: a bad quote', () => {
    const feeOf = (borrow: number): readonly unknown[] => {
      const pairs = STRIKES.map((strike): ParityPair => {
        const terms = { spot: SPOT, strike, years: YEARS, rate: 0, yield: borrow, volatility: 0.3 };
        const [call, put] = [optionPrice({ ...terms, right: 'call' }), optionPrice({ ...terms, right: 'put' })];
        return { strike, callBid: call, callAsk: call + 0.01, putBid: put, putAsk: put + 0.01 };
      });
      const { inputs } = new UnderlyingPricer({ rates: Rates.given(0), dividends: [] }).expiry({
        ...asked,
        pairs: () => pairs,
      });
      return [inputs.sources.forward, Math.round(inputs.yield * 1e3) / 1e3];
    };
    // Over 74 days 14% a year are 2.8% of the price, 16% are 3.2%.
    expect([0.09, 0.14, 0.16, -0.16].map(feeOf)).toEqual([
      ['quotes', 0.09],
      ['quotes', 0.14],
      ['carry', 0],
      ['carry', 0],
    ]);
  });
});

describe('what is kept of an expiry', () => {
  /** European quotes of a fee, a cent to either side. */
  const pairsOf = (fee: number, half = 0.005) => {
    const terms = { spot: SPOT, years: YEARS, rate: 0.04, yield: fee, volatility: 0.3 };
    return STRIKES.map((strike): ParityPair => {
      const [call, put] = [
        optionPrice({ ...terms, strike, right: 'call' }),
        optionPrice({ ...terms, strike, right: 'put' }),
      ];
      return { strike, callBid: call - half, callAsk: call + half, putBid: put - half, putAsk: put + half };
    });
  };
  const fresh = (dividends: readonly CashDividend[] = []): UnderlyingPricer =>
    new UnderlyingPricer({ rates: Rates.given(0.04), dividends });
  const european = { ...EXPIRY, style: 'european', at: NOON, spot: SPOT } as const;

  it('is that of its style and of its hour alone', () => {
    const pricer = fresh();
    expect(pricer.expiry({ ...european, pairs: () => pairsOf(0.02) }).inputs.yield).toBeCloseTo(0.02, 4);
    for (const other of [{ style: 'american' }, { settles: 'am' }] as const)
      expect(pricer.expiry({ ...european, ...other, pairs: () => [] }).inputs).toMatchObject({
        yield: 0,
        sources: { forward: 'carry' },
      });
  });

  it('are no figures of another moment, nor of another price at the same one', () => {
    const put = { strike: 105, right: 'put', style: 'american' } as const;
    const deltaOf = (pricer: UnderlyingPricer, minutes: number, spot: number): number => {
      const at = micros(NOON + minutes * MICROS_PER_MINUTE);
      const expiry = pricer.expiry({ ...EXPIRY, style: 'american', at, spot, pairs: () => [] });
      return expiry.figuresOf(put, 8).greeks?.delta ?? Number.NaN;
    };
    const pricer = fresh();
    for (const [minutes, spot] of [
      [0, 100],
      [0, 101],
      [60, 101],
    ] as const)
      expect(deltaOf(pricer, minutes, spot)).toBeCloseTo(deltaOf(fresh(), minutes, spot), 7);
  });

  it('is the fee until quotes say another by more than half of what they leave open', () => {
    const pricer = fresh();
    const at = (minutes: number, fee: number): number => {
      const now = micros(NOON + minutes * MICROS_PER_MINUTE);
      return pricer.expiry({ ...european, at: now, pairs: () => pairsOf(fee) }).inputs.yield;
    };
    const first = at(0, 0.01);
    // Half a cent of spread is a standard error of about 0.004, 0.0002 a year.
    expect(at(6, 0.010_02)).toBe(first);
    expect(at(12, 0.02)).toBeCloseTo(0.02, 3);
  });

  it('is worn out by time: dividends and rates are taken anew, and one that has gone ex at once', () => {
    const two = [...DIVIDENDS, { exDate: marketDate('2026-05-01'), cash: 1.2 }];
    const call = { strike: 95, right: 'call', style: 'american' } as const;
    const strikes = STRIKES.map((strike) => ({ ...call, strike }));
    const volatilities = (pricer: UnderlyingPricer, day: string, time: string): readonly number[] => {
      const at = nyInstant(marketDate(day), time);
      const expiry = pricer.expiry({ ...EXPIRY, style: 'american', at, spot: SPOT, pairs: () => [] });
      return expiry.figures(strikes, prices).map(({ volatility }) => volatility ?? 0);
    };
    const prices = STRIKES.map((strike) => Math.max(SPOT - strike, 0) + 6);
    const pricer = fresh(two);
    for (const [day, time] of [
      ['2026-03-02', '12:00'],
      ['2026-03-12', '12:00'],
      ['2026-04-10', '09:29'],
      ['2026-04-10', '09:31'],
    ] as const) {
      const kept = volatilities(pricer, day, time);
      const anew = volatilities(fresh(two), day, time);
      for (const [index, one] of anew.entries()) expect(kept[index], `${day} ${time}`).toBeCloseTo(one, 3);
    }
  });
});

describe('settings of the pricer', () => {
  it('in the last hours a cent is a fee of hundreds a year: what lies within two standard errors is none', () => {
    const at = nyInstant(marketDate('2026-05-15'), '10:00');
    const years = yearsBetween(at, expiryInstant(EXPIRY));
    const terms = { spot: SPOT, strike: 100, years, rate: 0, yield: 0, volatility: 0.3 };
    const price = optionPrice({ ...terms, right: 'call' });
    const inputsOf = (late: number) =>
      new UnderlyingPricer({ rates: Rates.given(0), dividends: [] }).expiry({
        ...EXPIRY,
        style: 'european',
        at,
        spot: SPOT,
        pairs: () => [
          {
            strike: 100,
            callBid: price + late - 0.02,
            callAsk: price + late + 0.02,
            putBid: price - 0.02,
            putAsk: price + 0.02,
          },
        ],
      }).inputs;
    expect(inputsOf(0.03)).toMatchObject({ yield: 0, sources: { forward: 'quotes' } });
    expect(Math.abs(inputsOf(0.08).yield)).toBeGreaterThan(0.5);
  });

  it('the least time counts until the end and after it', () => {
    const leastYears = 1e-3;
    const pricer = new UnderlyingPricer({ rates: Rates.given(0), dividends: [], leastYears });
    for (const time of ['15:59', '16:00', '16:30'])
      expect(
        pricer.expiry({
          ...EXPIRY,
          style: 'european',
          at: nyInstant(EXPIRY.expiry, time),
          spot: SPOT,
          pairs: () => [],
        }).inputs.years,
      ).toBe(leastYears);
  });

  it('money is lent from payment to delivery where that is given', () => {
    const settlement = { premium: 1, delivery: 2 };
    const { rate, years } = new UnderlyingPricer({ rates: Rates.given(0.05), dividends: [], settlement }).expiry({
      ...EXPIRY,
      style: 'european',
      at: NOON,
      spot: SPOT,
      pairs: () => [],
    }).inputs;
    // Tuesday 2026-03-03 to Tuesday 2026-05-19.
    expect(rate * years).toBeCloseTo((0.05 * 77) / 365, 12);
  });
});
