import { optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { heldSensitivitiesOf, sensitivitiesOf } from './sensitivities.ts';
import { aContext } from './testing/situation.ts';

const CONTRACT = optionContract('TWX160115C00100000');
const OTHER = optionContract('TWX160115P00095000');

interface Moment {
  readonly spot?: number | null;
  readonly volatility?: number | null;
  readonly years?: number;
  readonly quantity?: number;
  readonly shares?: number;
  readonly contract?: typeof CONTRACT;
}

describe('sensitivities of what is held', () => {
  it('are kept only while nothing that they follow from has changed', () => {
    const { limits } = aContext();
    const told = (
      measure: typeof sensitivitiesOf,
      { spot = 100, volatility = 0.3, years = 0.1, quantity = -2, shares = 0, contract = CONTRACT }: Moment,
    ) =>
      measure('TWX', [{ contract, quantity }], shares, {
        limits,
        market: { price: () => spot },
        valuation: { volatility: () => volatility, years: () => years, modelPrice: () => null },
      });
    const moments: readonly Moment[] = [
      {},
      { spot: 101 },
      { volatility: 0.4 },
      { years: 0.09 },
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
    const valuation = { volatility: () => 0.3, years: () => 0.1, modelPrice: () => null };
    const held = [{ contract: OTHER, quantity: -2 }];
    expect(heldSensitivitiesOf('TWX', held, 0, { limits: tighter, market, valuation })).toEqual(
      sensitivitiesOf('TWX', held, 0, { limits: tighter, market, valuation }),
    );
  });
});
