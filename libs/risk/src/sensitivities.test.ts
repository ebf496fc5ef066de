import { optionContract } from '@trading-agent/instruments';
import { americanGreeks, optionGreeks, optionPrice } from '@trading-agent/pricing';
import { describe, expect, it } from 'vitest';
import type { EarlyExercise } from './context.ts';
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
      const kept = told(heldSensitivitiesOf, moment);
      expect(kept).toEqual(told(sensitivitiesOf, moment));
      expect(told(heldSensitivitiesOf, moment)).toBe(kept);
      seen.add(kept?.greeks.delta ?? 0);
      // What is not known now is not what was known a moment ago.
      expect(told(heldSensitivitiesOf, { ...moment, volatility: null })).toBeNull();
      expect(told(heldSensitivitiesOf, { ...moment, spot: null })).toBeNull();
    }
    expect(seen.size).toBe(moments.length);
    const tighter = { ...limits, stress: { ...limits.stress, spot: [-0.5, 0] } };
    const market = { price: () => 100 };
    const valuation = valuationOf(0.3, 0.1);
    const held = [{ contract: OTHER, quantity: -2 }];
    expect(heldSensitivitiesOf('TWX', held, 0, { limits: tighter, market, valuation })).toEqual(
      sensitivitiesOf('TWX', held, 0, { limits: tighter, market, valuation }),
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
      premium: (spot, volatility) =>
        americanGreeks({ ...option, spot, volatility }).price - optionPrice({ ...option, spot, volatility }),
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
