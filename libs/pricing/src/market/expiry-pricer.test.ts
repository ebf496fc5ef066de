import { marketDate, micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { optionPrice } from '../european.ts';
import type { ExpiryPricer, PricedContract } from './expiry-pricer.ts';
import { Rates } from './rates.ts';
import { CONTRACTS, DIVIDENDS, EXPIRY, FLAT, NOON, smile, SPOT, STOCKS } from './testing/market.ts';
import { UnderlyingPricer } from './underlying-pricer.ts';

describe.each(STOCKS)('$name', ({ market, told }) => {
  const pricer = market.pricer(FLAT, told);

  it('gives the volatilities back within 0.0004 where the price has one, for calls and puts alike', () => {
    const prices = CONTRACTS.map(({ right, strike }) => market.quotes.get(`${right} ${strike}`) ?? null);
    const found = pricer.figures(CONTRACTS, prices);
    let compared = 0;
    for (const [i, { strike, right }] of CONTRACTS.entries()) {
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

it('figures belong to the price and the right that were asked for', () => {
  const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends: [] });
  const expiry = pricer.expiry({ ...EXPIRY, style: 'american', at: NOON, spot: SPOT, pairs: () => [] });
  const of = (right: 'call' | 'put', price: number): number =>
    expiry.figuresOf({ strike: 100, right, style: 'american' }, price).volatility ?? Number.NaN;
  const [call, dearer, put] = [of('call', 5), of('call', 6), of('put', 5)];
  expect(dearer - call).toBeGreaterThan(0.05);
  // Money costs something: of one price the call has the lower volatility.
  expect(put - call).toBeGreaterThan(0.03);
});

it('a European option stands on the price less what is paid before its end', () => {
  const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends: DIVIDENDS });
  const expiry = pricer.expiry({ ...EXPIRY, style: 'european', at: NOON, spot: SPOT, pairs: () => [] });
  const { years, rate, paid } = expiry.inputs;
  expect(paid).toBeCloseTo(1.2 * Math.exp(-rate * (expiry.inputs.dividends[0]?.years ?? 9)), 9);
  for (const right of ['call', 'put'] as const) {
    const terms = { spot: SPOT - paid, strike: 104, years, rate, yield: 0, volatility: 0.25, right };
    const contract = { strike: 104, right, style: 'european' } as const;
    expect(expiry.value(contract, 0.25)).toBeCloseTo(optionPrice(terms), 12);
    expect(expiry.figuresOf(contract, optionPrice(terms)).volatility).toBeCloseTo(0.25, 10);
  }
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

describe('without a price of the underlying', () => {
  it.each([Number.NaN, 0, -5, Number.POSITIVE_INFINITY])(
    '%d: no quote has a volatility, and nothing a value',
    (spot) => {
      for (const style of ['american', 'european'] as const)
        for (const dividends of [[], DIVIDENDS]) {
          const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends });
          const expiry = pricer.expiry({ ...EXPIRY, style, at: NOON, spot, pairs: () => [] });
          const contract = { strike: 100, right: 'put', style } as const;
          expect(expiry.figures([contract, contract], [5, null]).map(({ outcome }) => outcome)).toEqual([
            'no-quote',
            'no-quote',
          ]);
          expect(expiry.figuresOf(contract, 5).outcome).toBe('no-quote');
          expect(() => expiry.value(contract, 0.2)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
        }
    },
  );
});
