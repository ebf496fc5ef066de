import { nyInstant } from '@trading-agent/calendar';
import { marketDate, micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { dividendForward } from '../dividends/model.ts';
import { optionPrice } from '../european.ts';
import { exInstant, expiryInstant, yearsBetween } from '../term/expiry-time.ts';
import type { ParityPair } from '../term/implied-forward.ts';
import type { ExpiryPricer, PricedContract } from './expiry-pricer.ts';
import { Rates, type TreasuryCurve } from './rates.ts';
import { type CashDividend, UnderlyingPricer } from './underlying-pricer.ts';

const DATE = marketDate('2026-03-02');
const NOON = nyInstant(DATE, '12:00');
const EXPIRY = { expiry: marketDate('2026-05-15'), settles: 'pm', root: 'XYZ' } as const;
const SPOT = 100;
const YEARS = yearsBetween(NOON, expiryInstant(EXPIRY));
const STRIKES = [80, 85, 90, 95, 97.5, 100, 102.5, 105, 110, 115, 120];
const BORROW = 0.01;
const DIVIDENDS: readonly CashDividend[] = [{ exDate: marketDate('2026-04-10'), cash: 1.2 }];
const FLAT = { date: marketDate('2026-02-27'), yields: [1 / 12, 0.25, 0.5].map((years) => ({ years, yield: 0.045 })) };
/** Simple interest up to half a year. */
const RATE = Rates.asOf(DATE, FLAT).rate(YEARS);

const smile = (strike: number): number => 0.25 - 0.1 * Math.log(strike / SPOT);

/** Prices of the finite differences, which share no arithmetic with what is tested. */
class Market {
  readonly quotes = new Map<string, number>();
  readonly dividends: readonly { readonly years: number; readonly cash: number; readonly proportion: number }[];
  readonly forward: number;

  constructor(dividends: readonly CashDividend[]) {
    this.dividends = dividends.map(({ exDate, cash }) => ({
      years: yearsBetween(NOON, exInstant(exDate)),
      cash,
      proportion: 0,
    }));
    const terms = { spot: SPOT, years: YEARS, rate: RATE, yield: BORROW, dividends: this.dividends };
    this.forward = dividendForward(terms);
    for (const strike of STRIKES)
      for (const right of ['call', 'put'] as const)
        this.quotes.set(`${right} ${strike}`, this.price(strike, right, smile(strike)));
  }

  price(strike: number, right: 'call' | 'put', volatility: number, spot = SPOT): number {
    const terms = { spot, strike, years: YEARS, rate: RATE, yield: BORROW, volatility, right } as const;
    return finiteDifferencePrice(
      { ...terms, exercise: 'american', dividends: this.dividends },
      { nodes: 400, steps: 200 },
    ).price;
  }

  pairs(): readonly ParityPair[] {
    const side = (right: string, strike: number, edge: number): number =>
      Math.max(0.01, (this.quotes.get(`${right} ${strike}`) ?? 0) + edge);
    return STRIKES.map((strike) => ({
      strike,
      callBid: side('call', strike, -0.02),
      callAsk: side('call', strike, 0.02),
      putBid: side('put', strike, -0.02),
      putAsk: side('put', strike, 0.02),
    }));
  }

  pricer(treasury: TreasuryCurve | null = FLAT, told: readonly CashDividend[] | null = null): ExpiryPricer {
    return new UnderlyingPricer({ rates: Rates.asOf(DATE, treasury), dividends: told }).expiry({
      ...EXPIRY,
      style: 'american',
      at: NOON,
      spot: SPOT,
      pairs: () => this.pairs(),
    });
  }
}

const contracts = STRIKES.flatMap((strike) =>
  (['call', 'put'] as const).map((right) => ({ strike, right, style: 'american' as const })),
);
const withDividend = new Market(DIVIDENDS);
const without = new Market([]);

describe.each([
  { name: 'a stock that pays a dividend before expiry', market: withDividend, told: DIVIDENDS },
  { name: 'a stock that pays none', market: without, told: [] },
])('$name', ({ market, told }) => {
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

  it('gives the volatilities back within 0.0004 where the price has one, for calls and puts alike', () => {
    const prices = contracts.map(({ right, strike }) => market.quotes.get(`${right} ${strike}`) ?? null);
    const found = pricer.figures(contracts, prices);
    let compared = 0;
    for (const [i, { strike, right }] of contracts.entries()) {
      const { outcome, volatility, greeks } = found[i] ?? {};
      if (outcome !== 'ok' || volatility === null || volatility === undefined) continue;
      const price = market.quotes.get(`${right} ${strike}`) ?? 0;
      // A tick of the price over its vega: deep in the money a cent is points of volatility.
      const tolerance = 4e-4 + 0.01 * (2e-3 / Math.max(greeks?.vega ?? 0, 1e-3));
      expect(Math.abs(volatility - smile(strike)), `${right} ${strike}`).toBeLessThan(tolerance);
      // Alone it is what it is in the chain, and its value is its price.
      const alone = pricer.figuresOf({ strike, right, style: 'american' }, price);
      expect(Math.abs((alone.volatility ?? 9) - volatility) * (greeks?.vega ?? 0) * 100).toBeLessThan(1e-3);
      expect(Math.abs(pricer.value({ strike, right, style: 'american' }, volatility) - price)).toBeLessThan(1e-3);
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(20);
  });

  it('tells early exercise apart: European value and premium are the American value at other prices, too', () => {
    const { inputs } = pricer;
    for (const { strike, right } of contracts.filter((one) => [90, 100, 110].includes(one.strike))) {
      const early = pricer.earlyExercise({ strike, right, style: 'american' });
      for (const spot of [88, 100, 112]) {
        const european = finiteDifferencePrice(
          {
            spot: spot - inputs.paid,
            strike,
            years: YEARS,
            rate: RATE,
            yield: BORROW,
            right,
            volatility: 0.25,
            exercise: 'european',
            dividends: [],
          },
          { nodes: 400, steps: 200 },
        ).price;
        const value = european + (early?.premium(spot, 0.25) ?? 0);
        const exact = market.price(strike, right, 0.25, spot);
        expect(Math.abs(value - exact), `${right} ${strike} at ${spot}`).toBeLessThan(early === null ? 0.03 : 0.01);
      }
    }
    expect(pricer.earlyExercise({ strike: 100, right: 'put', style: 'european' })).toBeNull();
    expect(pricer.earlyExercise({ strike: 100, right: 'put', style: 'american' })).not.toBeNull();
  });
});

it('early exercise at any price and volatility is what the pricer itself says there, within 0.002 dollars per 100 (0.003 with a dividend)', () => {
  const pricer = new UnderlyingPricer({ rates: Rates.given(0.05), dividends: DIVIDENDS });
  const none = new UnderlyingPricer({ rates: Rates.given(0.05), dividends: [] });
  const numbers = fc.record({
    by: fc.constantFrom(pricer, none),
    spot: fc.double({ min: 75, max: 130, noNaN: true }),
    strike: fc.constantFrom(...STRIKES),
    volatility: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
    right: fc.constantFrom('call' as const, 'put' as const),
  });
  fc.assert(
    fc.property(numbers, ({ by, spot, strike, volatility, right }) => {
      const expiry = by.expiry({ ...EXPIRY, style: 'american', at: NOON, spot, pairs: () => [] });
      const { years, rate, yield: borrow, paid } = expiry.inputs;
      const early = expiry.earlyExercise({ strike, right, style: 'american' });
      const european = optionPrice({ spot: spot - paid, strike, years, rate, yield: borrow, volatility, right });
      const american = expiry.value({ strike, right, style: 'american' }, volatility);
      const tolerance = early === null ? 1e-3 * spot : by === none ? 2e-3 : 3e-3;
      expect(Math.abs(european + (early?.premium(spot, volatility) ?? 0) - american)).toBeLessThan(tolerance);
    }),
    { numRuns: 300 },
  );
});

describe('early exercise where it is easily overlooked', () => {
  const premiumOf = (
    terms: { readonly rate: number; readonly dividends: readonly CashDividend[]; readonly fee?: number },
    {
      strike,
      right,
      volatility,
    }: { readonly strike: number; readonly right: 'call' | 'put'; readonly volatility: number },
  ): { readonly told: number; readonly exact: number } => {
    const pricer = new UnderlyingPricer({ rates: Rates.given(terms.rate), dividends: terms.dividends });
    const fee = terms.fee ?? 0;
    const years = yearsBetween(NOON, expiryInstant(YEAR));
    // European prices of the fee asked for; nobody else tells a pricer its fee.
    const pairs = [95, 100, 105].map((at): ParityPair => {
      const price = (side: 'call' | 'put'): number =>
        optionPrice({ spot: SPOT, strike: at, years, rate: terms.rate, yield: fee, volatility, right: side });
      const [call, put] = [price('call'), price('put')];
      return { strike: at, callBid: call - 0.01, callAsk: call + 0.01, putBid: put - 0.01, putAsk: put + 0.01 };
    });
    const expiry = pricer.expiry({
      ...YEAR,
      style: 'european',
      at: NOON,
      spot: SPOT,
      pairs: () => (fee === 0 ? [] : pairs),
    });
    const { paid, yield: borrow, rate, dividends } = expiry.inputs;
    expect(borrow).toBeCloseTo(fee, 3);
    const european = { spot: SPOT - paid, strike, years, rate, yield: borrow, volatility, right };
    const american = { ...european, spot: SPOT, exercise: 'american', dividends } as const;
    const exact = finiteDifferencePrice(american, { nodes: 400, steps: 200 }).price - optionPrice(european);
    return { told: expiry.earlyExercise({ strike, right, style: 'american' })?.premium(SPOT, volatility) ?? 0, exact };
  };
  const YEAR = { expiry: marketDate('2027-03-19'), settles: 'pm', root: 'XYZ' } as const;
  const SPECIAL = [{ exDate: marketDate('2026-03-06'), cash: 25 }];

  it.each([
    [
      'a put far out of the money that a special dividend takes into it',
      { rate: 0.08, dividends: SPECIAL },
      { strike: 78, right: 'put', volatility: 0.08 },
    ],
    [
      'a put at rate 0 on a stock that costs something to hold',
      { rate: 0, dividends: [], fee: -0.02 },
      { strike: 110, right: 'put', volatility: 0.2 },
    ],
    ['a call at a rate below 0', { rate: -0.01, dividends: [] }, { strike: 90, right: 'call', volatility: 0.1 }],
  ] as const)('%s', (_, terms, contract) => {
    const { told, exact } = premiumOf(terms, contract);
    expect(exact).toBeGreaterThan(0.3);
    expect(Math.abs(told - exact)).toBeLessThan(0.03);
  });
});

it('an expiry of one moment and an expiry of another do not answer for each other, nor do styles', () => {
  const at = (pricer: UnderlyingPricer, minute: number): ExpiryPricer =>
    pricer.expiry({
      ...EXPIRY,
      style: 'american',
      at: micros(NOON + minute * MICROS_PER_MINUTE),
      spot: SPOT + minute,
      pairs: () => [],
    });
  const fresh = (): UnderlyingPricer => new UnderlyingPricer({ rates: Rates.given(0.04), dividends: [] });
  const pricer = fresh();
  const put = { strike: 105, right: 'put', style: 'american' } as const;
  const [noon, later] = [at(pricer, 0), at(pricer, 1)];
  const delta = (expiry: ExpiryPricer, contract: PricedContract): number =>
    expiry.figuresOf(contract, 8).greeks?.delta ?? Number.NaN;
  delta(noon, put);
  expect(delta(later, put)).toBeCloseTo(delta(at(fresh(), 1), put), 10);
  expect(delta(noon, put)).toBeCloseTo(delta(at(fresh(), 0), put), 10);
  const european = { ...put, style: 'european' } as const;
  expect(delta(later, european)).toBeCloseTo(delta(at(fresh(), 1), european), 10);
  expect(Math.abs(delta(later, european) - delta(later, put))).toBeGreaterThan(1e-3);
});

it('the value of a contract deep in the money is not read from a lattice', () => {
  const pricer = new UnderlyingPricer({
    rates: Rates.given(0.08),
    dividends: [{ exDate: marketDate('2026-03-06'), cash: 5 }],
  });
  const asked = { expiry: marketDate('2027-03-19'), settles: 'pm', root: 'XYZ', style: 'american' } as const;
  const expiry = pricer.expiry({ ...asked, at: NOON, spot: SPOT, pairs: () => [] });
  for (const strike of [70, 90, 110]) {
    const { years, rate, dividends } = expiry.inputs;
    const terms = { spot: SPOT, strike, years, rate, yield: 0, volatility: 0.05, right: 'call', dividends } as const;
    const exact = finiteDifferencePrice({ ...terms, exercise: 'american' }, { nodes: 800, steps: 400 }).price;
    const value = expiry.value({ strike, right: 'call', style: 'american' }, 0.05);
    expect(Math.abs(value - exact), `${strike}`).toBeLessThan(2e-3);
  }
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

describe('rates as of a day', () => {
  const curve = (date: string): TreasuryCurve => ({ date: marketDate(date), yields: [{ years: 0.25, yield: 0.02 }] });
  const of = (date: string, treasury?: TreasuryCurve | null) => Rates.asOf(marketDate(date), treasury);

  it('are the curve of an earlier day, never that of the day itself or a later one', () => {
    expect(of('2016-03-02', curve('2016-03-01'))).toMatchObject({ source: 'treasury', asOf: '2016-03-01' });
    expect(of('2016-03-02', curve('2016-03-01')).rate(0.25)).toBeCloseTo(Math.log1p(0.005) / 0.25, 14);
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

describe('what counts for an expiry', () => {
  const asked = { ...EXPIRY, style: 'european', at: NOON, spot: SPOT } as const;

  it('is a dividend of its last day too: the stock trades without it from the morning on', () => {
    const dividends = ['2026-05-14', '2026-05-15', '2026-05-18'].map((day) => ({ exDate: marketDate(day), cash: 1 }));
    const { inputs } = new UnderlyingPricer({ rates: Rates.given(0), dividends }).expiry({ ...asked, pairs: () => [] });
    expect(inputs.dividends).toHaveLength(2);
    expect(inputs.paid).toBeCloseTo(2, 12);
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
