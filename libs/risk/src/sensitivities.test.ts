import { optionContract } from '@trading-agent/instruments';
import { COVERED_MARGIN, type HeldOption } from '@trading-agent/portfolio';
import { americanGreeks, optionGreeks, optionPrice } from '@trading-agent/pricing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EarlyExercise, RiskContext } from './context.ts';
import { heldOf } from './held.ts';
import { heldSensitivitiesOf, sensitivitiesOf } from './sensitivities.ts';
import { aContext } from './testing/situation.ts';

const CONTRACT = optionContract('TWX160115C00100000');
const OTHER = optionContract('TWX160115P00095000');

const FREE = { rate: 0, yield: 0, dividends: 0 };
const valuationOf = (volatility: number | null, years: number, carry = FREE) => ({
  volatility: () => volatility,
  terms: () => ({ years, ...carry }),
  earlyExercise: () => null,
  modelPrice: () => null,
});

interface Moment {
  readonly spot?: number | null;
  readonly volatility?: number | null;
  readonly years?: number;
  readonly quantity?: number;
  readonly shares?: number;
  readonly contract?: typeof CONTRACT;
  readonly carry?: typeof FREE;
}

const measureHeld: typeof sensitivitiesOf = (underlying, options, shares, context) => {
  const holdings = { options, stocks: [{ symbol: underlying, quantity: shares }] };
  const held = heldOf(holdings, COVERED_MARGIN).get(underlying);
  return held === undefined ? null : heldSensitivitiesOf(held, context);
};

describe('sensitivities of what is held', () => {
  it('are kept only while nothing that they follow from has changed', () => {
    const { limits } = aContext();
    const told = (
      measure: typeof sensitivitiesOf,
      { spot = 100, volatility = 0.3, years = 0.1, quantity = -2, shares = 0, contract = CONTRACT, carry }: Moment,
    ) =>
      measure('TWX', [{ contract, quantity }], shares, {
        limits,
        market: { price: () => spot },
        valuation: valuationOf(volatility, years, carry),
      });
    const moments: readonly Moment[] = [
      {},
      { spot: 101 },
      { volatility: 0.4 },
      { years: 0.09 },
      { carry: { ...FREE, rate: 0.04 } },
      { carry: { ...FREE, yield: 0.1 } },
      { carry: { ...FREE, dividends: 2 } },
      { quantity: 2 },
      { shares: 200 },
      { contract: OTHER },
    ];
    const seen = new Set<number>();
    for (const moment of moments) {
      const kept = told(measureHeld, moment);
      expect(kept).toEqual(told(sensitivitiesOf, moment));
      expect(told(measureHeld, moment)).toBe(kept);
      seen.add(kept?.greeks.delta ?? 0);
      // What is not known now is not what was known a moment ago.
      expect(told(measureHeld, { ...moment, volatility: null })).toBeNull();
      expect(told(measureHeld, { ...moment, spot: null })).toBeNull();
    }
    expect(seen.size).toBe(moments.length);
    const tighter = { ...limits, stress: { ...limits.stress, spot: [-0.5, 0] } };
    const market = { price: () => 100 };
    const valuation = valuationOf(0.3, 0.1);
    const held = [{ contract: OTHER, quantity: -2 }];
    expect(measureHeld('TWX', held, 0, { limits: tighter, market, valuation })).toEqual(
      sensitivitiesOf('TWX', held, 0, { limits: tighter, market, valuation }),
    );
  });
});

/** The same by the price function of single options, cell by cell. */
function plainly(
  options: readonly HeldOption[],
  shares: number,
  spot: number,
  stress: RiskContext['limits']['stress'],
  facts: (option: HeldOption) => typeof FREE & { readonly volatility: number; readonly years: number },
): number[] {
  const valueOf = (option: HeldOption, move: number, factor: number, days: number): number => {
    const { volatility, years, rate, yield: borrow, dividends } = facts(option);
    const { strike, right } = option.contract;
    const left = Math.max(0, years - days / 365);
    const written = Math.max(spot * (1 + move) - dividends, 1e-4 * spot);
    const intrinsic = right === 'call' ? spot * (1 + move) - strike : strike - spot * (1 + move);
    return Math.max(
      optionPrice({ spot: written, strike, right, years: left, rate, yield: borrow, volatility: volatility * factor }),
      intrinsic,
    );
  };
  return stress.spot.flatMap((move) =>
    stress.volatility.flatMap((factor) =>
      stress.days.map((days) => {
        let change = shares * spot * move;
        for (const option of options)
          change +=
            option.quantity *
            option.contract.multiplier *
            (valueOf(option, move, factor, days) - valueOf(option, 0, 1, 0));
        return change;
      }),
    ),
  );
}

describe('the stress grid', () => {
  const listed = ['C', 'P'].flatMap((right) =>
    [80, 95, 100, 105, 130].flatMap((strike) =>
      ['151231', '160115', '170120'].map((expiry) =>
        optionContract(`TWX${expiry}${right}00${String(strike).padStart(3, '0')}000`),
      ),
    ),
  );
  const position = fc.record({
    contract: fc.constantFrom(...listed),
    quantity: fc.integer({ min: -40, max: 40 }),
    volatility: fc.double({ min: 0.01, max: 2, noNaN: true }),
    years: fc.constantFrom(0, 0.5 / 365, 5 / 365, 22 / 365, 1.07),
    rate: fc.constantFrom(0, 0.05, -0.01),
    yield: fc.constantFrom(0, 0.02),
    dividends: fc.constantFrom(0, 0, 1.5, 200),
  });
  const settings = fc.record({
    spot: fc.uniqueArray(fc.constantFrom(-1, -0.3, -0.05, 0, 0.025, 1), { minLength: 1, maxLength: 5 }),
    volatility: fc.uniqueArray(fc.constantFrom(0, 0.5, 1, 2), { minLength: 1, maxLength: 3 }),
    days: fc.uniqueArray(fc.constantFrom(-1, 0, 5, 30), { minLength: 1, maxLength: 3 }),
  });

  it('is what the price function of single options says in each cell, whatever cells are configured', () => {
    fc.assert(
      fc.property(
        fc.array(position, { minLength: 1, maxLength: 9 }),
        settings,
        fc.integer({ min: -300, max: 300 }),
        fc.double({ min: 60, max: 140, noNaN: true }),
        (positions, stressed, shares, spot) => {
          const { limits } = aContext();
          const stress = { ...limits.stress, ...stressed };
          const found = sensitivitiesOf('TWX', positions, shares, {
            limits: { ...limits, stress },
            market: { price: () => spot },
            valuation: {
              volatility: (contract) => positions.find((one) => one.contract === contract)?.volatility ?? null,
              terms: (contract) => positions.find((one) => one.contract === contract) ?? { ...FREE, years: 1 },
              earlyExercise: () => null,
              modelPrice: () => null,
            },
          });
          const expected = plainly(
            positions,
            shares,
            spot,
            stress,
            ({ contract }) =>
              positions.find((one) => one.contract === contract) ?? { ...FREE, years: 1, volatility: 1 },
          );
          expect(found?.stress).toHaveLength(expected.length);
          for (const [cell, change] of expected.entries())
            // A millionth of a cent in positions of up to some hundred thousand dollars.
            expect(Math.abs((found?.stress[cell] ?? Number.NaN) - change)).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('what rate, dividends and early exercise change', () => {
  const put = optionContract('TWX160115P00110000');
  const { limits } = aContext();
  const grid = { ...limits, stress: { ...limits.stress, spot: [-0.1, 0.1], volatility: [1], days: [0] } };
  const market = { price: () => 100 };
  const measured = (terms: typeof FREE, early: EarlyExercise | null) => {
    const valuation = { ...valuationOf(0.3, 0.5, terms), earlyExercise: () => early };
    const found = sensitivitiesOf('TWX', [{ contract: put, quantity: 1 }], 0, { limits: grid, market, valuation });
    if (found === null) throw new Error('not measured');
    return found;
  };

  it('is what Black and Scholes say on the price without its dividends', () => {
    const terms = { rate: 0.04, yield: 0.02, dividends: 1.5 };
    const european = (spot: number) =>
      optionGreeks({
        spot: spot - 1.5,
        strike: 110,
        years: 0.5,
        rate: 0.04,
        yield: 0.02,
        volatility: 0.3,
        right: 'put',
      });
    const { greeks, stress } = measured(terms, null);
    expect(greeks.delta).toBeCloseTo(european(100).delta * 100, 9);
    expect(greeks.theta).toBeCloseTo(european(100).theta * 100, 9);
    expect(stress[1]).toBeCloseTo((european(110).price - european(100).price) * 100, 9);
    expect(stress[0]).toBeCloseTo((european(90).price - european(100).price) * 100, 9);
  });

  it('is the American value where early exercise is told of', () => {
    const terms = { rate: 0.06, yield: 0, dividends: 0 };
    const option = { strike: 110, years: 0.5, rate: 0.06, yield: 0, right: 'put' } as const;
    const american = (spot: number) => americanGreeks({ ...option, spot, volatility: 0.3 });
    const early: EarlyExercise = {
      premiums: (count, { spot: prices }, volatility, out) => {
        for (const [index, spot] of prices.subarray(0, count).entries())
          out[index] =
            americanGreeks({ ...option, spot, volatility }).price - optionPrice({ ...option, spot, volatility });
      },
    };
    const { greeks, stress } = measured(terms, early);
    expect(greeks.delta / 100).toBeCloseTo(american(100).delta, 4);
    expect(greeks.gamma / 100).toBeCloseTo(american(100).gamma, 4);
    expect(greeks.vega / 100).toBeCloseTo(american(100).vega, 4);
    expect(greeks.delta / 100).not.toBeCloseTo(measured(terms, null).greeks.delta / 100, 2);
    expect(stress[0]).toBeCloseTo((american(90).price - american(100).price) * 100, 6);
    expect(stress[1]).toBeCloseTo((american(110).price - american(100).price) * 100, 6);
  });
});
