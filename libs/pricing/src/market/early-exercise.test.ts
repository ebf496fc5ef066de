import { marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { optionPrice } from '../european.ts';
import { expiryInstant, yearsBetween } from '../term/expiry-time.ts';
import type { ParityPair } from '../term/implied-forward.ts';
import { Rates } from './rates.ts';
import {
  BORROW,
  CONTRACTS,
  DIVIDENDS,
  EXPIRY,
  FLAT,
  NOON,
  RATE,
  SPOT,
  STOCKS,
  STRIKES,
  YEARS,
} from './testing/market.ts';
import { type CashDividend, UnderlyingPricer } from './underlying-pricer.ts';

describe.each(STOCKS)('$name', ({ market, told }) => {
  const pricer = market.pricer(FLAT, told);

  it('tells early exercise apart: European value and premium are the American value at other prices, too', () => {
    const { inputs } = pricer;
    for (const { strike, right } of CONTRACTS.filter((one) => [90, 100, 110].includes(one.strike))) {
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
