import { describe, expect, it } from 'vitest';
import { leisenReimer } from '../american/testing/leisen-reimer.ts';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { dividendForward } from '../dividends/model.ts';
import { impliedForward } from './implied-forward.ts';

const dividends = Array.from({ length: 4 }, (_, k) => ({ years: 0.07 + 0.25 * k, cash: 1.7, proportion: 0 }));

function market(years: number, rate: number, borrow: number, exercise: 'american' | 'european', spread = 0.1) {
  const spot = 450;
  const pairs = [390, 410, 430, 440, 450, 460, 470, 490, 510].map((strike) => {
    const volatility = 0.2 - 0.15 * Math.log(strike / spot);
    const price = (right: 'call' | 'put') =>
      finiteDifferencePrice(
        { spot, strike, years, rate, yield: borrow, volatility, right, exercise, dividends },
        { nodes: 300, steps: 150 },
      ).price;
    const call = price('call');
    const put = price('put');
    return {
      strike,
      callBid: call - spread / 2,
      callAsk: call + spread / 2,
      putBid: put - spread / 2,
      putAsk: put + spread / 2,
    };
  });
  const forward = dividendForward({ spot, years, rate, yield: borrow, dividends });
  return { input: { spot, years, rate, dividends, exercise, pairs }, forward };
}

describe('the forward implied by quotes', () => {
  it('is found to a cent from American prices of one year, where naive parity is off by dollars', () => {
    const { input, forward } = market(1, 0.045, 0, 'american');
    const found = impliedForward(input);
    expect(found).toMatchObject({ kind: 'ok' });
    if (found.kind !== 'ok') return;
    expect(Math.abs(found.forward - forward)).toBeLessThan(0.01);
    expect(Math.abs(found.borrow)).toBeLessThan(3e-5);
    expect(Math.abs(found.naive - forward)).toBeGreaterThan(2);
  });

  it('finds a borrow fee, and one bad quote with a wide spread does not move it', () => {
    const { input, forward } = market(0.4, 0.03, 0.06, 'american');
    const spoiled = input.pairs.map((one) => (one.strike === 440 ? { ...one, callAsk: one.callAsk + 12 } : one));
    for (const pairs of [input.pairs, spoiled]) {
      const found = impliedForward({ ...input, pairs });
      expect(found.kind === 'ok' ? Math.abs(found.forward - forward) : 99).toBeLessThan(0.03);
      expect(found.kind === 'ok' ? Math.abs(found.borrow - 0.06) : 99).toBeLessThan(2e-4);
    }
  });

  it.each([
    [0.02, 1.2, 0.16],
    [1, 0.4, 0.4],
  ])(
    'over %d years at a fee of %d a cent more or less moves it by cents, though calls near the forward are worth little more than exercised',
    (years, borrow, volatility) => {
      const terms = { spot: 100, years, rate: 0, yield: borrow, volatility, dividends: [] };
      const pairs = Array.from({ length: 13 }, (_, k) => {
        const strike =
          Math.round(200 * Math.exp(-borrow * (years / 2) + (k - 6) * 0.25 * volatility * Math.sqrt(years))) / 2;
        const moved = ((k % 3) - 1) * 0.01;
        const [call, put] = (['call', 'put'] as const).map(
          (right) =>
            finiteDifferencePrice({ ...terms, strike, right, exercise: 'american' }, { nodes: 300, steps: 150 }).price,
        );
        const cents = (price: number): number => Math.round(100 * price) / 100;
        return {
          strike,
          callBid: cents((call ?? 0) + moved - 0.01),
          callAsk: cents((call ?? 0) + moved + 0.01),
          putBid: cents((put ?? 0) - moved - 0.01),
          putAsk: cents((put ?? 0) - moved + 0.01),
        };
      });
      const found = impliedForward({ spot: 100, years, rate: 0, dividends: [], exercise: 'american', pairs });
      // Without regard to how little such calls tell it was off by 0.23 and by 1.05.
      expect(found.kind === 'ok' ? Math.abs(found.forward - dividendForward(terms)) : 99).toBeLessThan(0.12);
    },
  );

  it('is parity for European options', () => {
    const { input, forward } = market(1, 0.045, 0.01, 'european');
    const found = impliedForward(input);
    expect(found.kind === 'ok' ? Math.abs(found.forward - forward) : 99).toBeLessThan(2e-3);
    expect(found.kind === 'ok' ? found.forward - found.naive : 99).toBeCloseTo(0, 6);
  });

  it('leaves out a quote that is wrong though its spread is narrow, and tells how sure it is by the spreads', () => {
    const { input, forward } = market(0.4, 0.03, 0.01, 'european');
    const wrong = input.pairs.map((one, index) => {
      const late = one.strike === 450 ? 6 : index % 2 === 0 ? 0.02 : -0.02;
      return { ...one, callBid: one.callBid + late, callAsk: one.callAsk + late };
    });
    const found = impliedForward({ ...input, pairs: wrong });
    expect(found.kind === 'ok' ? Math.abs(found.forward - forward) : 99).toBeLessThan(0.03);
    // One pair: half of both spreads together (and a hundredth of a percent of the price), grown to expiry.
    const alone = impliedForward({ ...input, pairs: input.pairs.slice(4, 5) });
    const spread = Math.hypot(0.1, 0.1) + 0.045;
    expect(alone.kind === 'ok' ? alone.standardError : 99).toBeCloseTo(0.5 * Math.exp(0.03 * 0.4) * spread, 9);
  });

  it('says so when there is nothing to read', () => {
    const { input } = market(0.1, 0.03, 0, 'european');
    expect(impliedForward({ ...input, pairs: [] })).toEqual({ kind: 'no-quote' });
    expect(impliedForward({ ...input, pairs: input.pairs.map((one) => ({ ...one, putBid: 0 })) })).toEqual({
      kind: 'no-quote',
    });
    expect(impliedForward({ ...input, spot: Number.NaN })).toEqual({ kind: 'no-quote' });
    expect(impliedForward({ ...input, years: 0 })).toEqual({ kind: 'no-quote' });
  });
});

/** Prices of a tree, to the cent, each with the same spread. */
function listed(
  { years, rate, borrow, volatility }: Readonly<Record<'years' | 'rate' | 'borrow' | 'volatility', number>>,
  strikes: readonly number[],
) {
  const cents = (price: number): number => Math.max(0, Math.round(100 * price) / 100);
  const pairs = strikes.map((strike) => {
    const [call, put] = (['call', 'put'] as const).map((right) =>
      leisenReimer({ spot: 100, strike, years, rate, yield: borrow, volatility, right }, 301),
    );
    const [c = 0, p = 0] = [call, put];
    return {
      strike,
      callBid: cents(c - 0.025),
      callAsk: cents(c + 0.025),
      putBid: cents(p - 0.025),
      putAsk: cents(p + 0.025),
    };
  });
  const forward = 100 * Math.exp((rate - borrow) * years);
  return { input: { spot: 100, years, rate, dividends: [], exercise: 'american', pairs } as const, forward };
}

describe('whatever the rest of the chain looks like', () => {
  const terms = { years: 0.25, rate: 0.04, borrow: 0, volatility: 0.3 };
  const { input, forward } = listed(terms, [85, 90, 95, 100, 105, 110, 130]);
  const missOf = (pairs: typeof input.pairs): number => {
    const found = impliedForward({ ...input, pairs });
    return found.kind === 'ok' ? Math.abs(found.forward - forward) : 99;
  };

  it.each([
    ['with a wide', 0.01, 4.99],
    ['with a narrow', 2.4, 2.5],
  ])(
    'one pair far from the money does not hide the forward, %s quote that is the same for call and put',
    (_, bid, ask) => {
      const bad = { strike: 130, callBid: bid, callAsk: ask, putBid: bid, putAsk: ask };
      expect(missOf(input.pairs.map((one) => (one.strike === 130 ? bad : one)))).toBeLessThan(0.01);
    },
  );

  it('pairs without one of their sides, or crossed, have no part', () => {
    const half = input.pairs.map((one, index) => {
      if (index % 3 === 0) return { ...one, putBid: 0 };
      return index % 3 === 1 ? one : { ...one, callBid: one.callAsk + 0.5 };
    });
    expect(missOf(half)).toBeLessThan(0.02);
  });

  it.each([
    [0.5, 2, 0],
    [0.1, 5, 1],
  ])('over %d years at a volatility of %d and a fee of %d', (years, volatility, borrow) => {
    const wild = listed({ years, rate: 0.04, borrow, volatility }, [60, 80, 90, 100, 110, 120, 150, 200]);
    const found = impliedForward(wild.input);
    expect(found.kind === 'ok' ? Math.abs(found.forward - wild.forward) : 99).toBeLessThan(0.02);
  });
});

it('says no-quote where calls are worth no more than exercised and the search ends in no agreement', () => {
  // A fee of 178% a year: the true forward is 57.8. After eight steps the fee is still at 83%, the forward at 77.6.
  const pairs = [
    { strike: 55.5, callBid: 44.538, callAsk: 44.574, putBid: 1.852, putAsk: 1.887 },
    { strike: 69.5, callBid: 30.532, callAsk: 30.567, putBid: 11.887, putAsk: 11.923 },
  ];
  const terms = { spot: 100, years: 0.310_365, rate: 0.013_787, dividends: [], exercise: 'american' } as const;
  expect(impliedForward({ ...terms, pairs })).toEqual({ kind: 'no-quote' });
});

it('says no-quote rather than a forward that no fee gives', () => {
  const pairs = [95, 100, 105].map((strike) => ({
    strike,
    callBid: Math.max(100 - strike, 0) + 3,
    callAsk: Math.max(100 - strike, 0) + 3.1,
    putBid: Math.max(strike - 100, 0) + 3,
    putAsk: Math.max(strike - 100, 0) + 3.1,
  }));
  // Nearly all of the price is paid out, and the put costs more than its strike.
  const dividends = [{ years: 0.2, cash: 99, proportion: 0 }];
  const below = [{ strike: 10, callBid: 0.1, callAsk: 0.2, putBid: 14, putAsk: 14.1 }];
  expect(impliedForward({ spot: 100, years: 0.5, rate: 0.02, exercise: 'european', dividends, pairs: below })).toEqual({
    kind: 'no-quote',
  });
  const shifted = pairs.map((one) => ({ ...one, callBid: one.callBid + 0.2, callAsk: one.callAsk + 0.2 }));
  for (const exercise of ['american', 'european'] as const) {
    const input = { spot: 100, years: 0.5, rate: 0.02, exercise, dividends: [], pairs };
    expect(impliedForward(input).kind).toBe('ok');
    for (const bad of [
      { ...input, dividends: [{ years: 0.2, cash: Number.NaN, proportion: 0 }] },
      { ...input, dividends: [{ years: 0.2, cash: -1, proportion: 0 }] },
      { ...input, dividends: [{ years: 0.2, cash: 500, proportion: 0 }] },
      { ...input, rate: 2000 },
      { ...input, rate: Number.NaN },
      { ...input, spot: Number.POSITIVE_INFINITY },
      { ...input, years: 1e-5, pairs: shifted },
    ])
      expect(impliedForward(bad), JSON.stringify(bad)).toEqual({ kind: 'no-quote' });
  }
});
