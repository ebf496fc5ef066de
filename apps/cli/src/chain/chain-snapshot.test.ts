import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import {
  exInstant,
  expiryInstant,
  finiteDifferencePrice,
  Rates,
  UnderlyingPricer,
  yearsBetween,
} from '@trading-agent/pricing';
import { generateMarketDay } from '@trading-agent/synthetic';
import { describe, expect, it, test } from 'vitest';
import { type ChainQuote, chainDay } from '../testing/chain-day.ts';
import { chainSnapshot } from './chain-snapshot.ts';

test('options on SPY live until 16:15', () => {
  const date = marketDate('2026-03-03');
  const day = generateMarketDay({ date, underlyings: ['SPY'], seed: 7 });
  const at = nyInstant(date, '10:30');
  const pricer = new UnderlyingPricer({ rates: Rates.given(0.04), dividends: null });
  const { expiries } = chainSnapshot(day, 'SPY', at, pricer);
  expect(expiries.length).toBeGreaterThan(0);
  for (const { expiry, inputs } of expiries)
    expect(inputs.years).toBeCloseTo((nyInstant(expiry, '16:15') - at) / (365 * 86_400 * 1e6), 12);
});

describe('a chain whose rate, dividend, fee and volatilities are known', () => {
  const date = marketDate('2015-12-24');
  const at = nyInstant(date, '12:00');
  const spot = 80;
  const dividend = { exDate: marketDate('2016-02-05'), cash: 0.9 };
  const borrow = 0.015;
  const treasury = {
    date: marketDate('2015-12-23'),
    yields: [1 / 12, 0.25, 0.5, 1].map((years) => ({ years, yield: 0.03 })),
  };
  const rates = Rates.asOf(date, treasury);
  const smile = (strike: number): number => 0.3 - 0.15 * Math.log(strike / spot);
  /** By finite differences, two cents wide and on the penny: what a market would quote. */
  const quotes = ['2016-01-15', '2016-03-18', '2016-06-17'].flatMap((day): ChainQuote[] => {
    const expiry = marketDate(day);
    const years = yearsBetween(at, expiryInstant({ expiry, settles: 'pm', root: 'XYZ' }));
    const dividends = [{ years: yearsBetween(at, exInstant(dividend.exDate)), cash: dividend.cash, proportion: 0 }];
    return [64, 68, 72, 76, 80, 84, 88, 92, 96].flatMap((strike) =>
      (['call', 'put'] as const).map((right) => {
        const terms = { spot, strike, years, rate: rates.rate(years), yield: borrow, volatility: smile(strike) };
        const { price } = finiteDifferencePrice(
          { ...terms, right, exercise: 'american', dividends },
          { nodes: 300, steps: 150 },
        );
        const cents = Math.round(price * 100);
        const contract = optionContract(formatOptionSymbol({ root: 'XYZ', expiry, right, strike }));
        return { contract, bid: Math.max(0, cents - 1) / 100 || null, ask: (cents + 1) / 100 };
      }),
    );
  });
  const day = chainDay('XYZ', { date, at, spot }, quotes);

  it('gives them back: volatilities within half a cent over vega and 0.0005, the fee within 0.2% a year', () => {
    const { expiries } = chainSnapshot(day, 'XYZ', at, new UnderlyingPricer({ rates, dividends: [dividend] }));
    expect(expiries).toHaveLength(3);
    let compared = 0;
    for (const { expiry, inputs, rows } of expiries) {
      expect(inputs.sources).toEqual({ rate: 'treasury', dividends: 'declared', forward: 'quotes' });
      expect(inputs.rate).toBe(rates.rate(inputs.years));
      expect(inputs.dividends).toHaveLength(expiry < dividend.exDate ? 0 : 1);
      // What pennies leave open of the forward, over the life.
      expect(Math.abs(inputs.yield - borrow), expiry).toBeLessThan(Math.max(0.002, 0.01 / (spot * inputs.years)));
      for (const { contract, outcome, volatility, greeks } of rows) {
        if (outcome !== 'ok' || volatility === null || !((greeks?.vega ?? 0) > 0.02)) continue;
        const tolerance = 5e-4 + (0.005 * 0.01) / (greeks?.vega ?? 1);
        expect(Math.abs(volatility - smile(contract.strike)), contract.symbol).toBeLessThan(tolerance);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(45);
  });

  it('without the dividend the forward is the same, and calls and puts in the money disagree', () => {
    const blind = chainSnapshot(day, 'XYZ', at, new UnderlyingPricer({ rates, dividends: null }));
    const told = chainSnapshot(day, 'XYZ', at, new UnderlyingPricer({ rates, dividends: [dividend] }));
    const [, one] = blind.expiries;
    const [, other] = told.expiries;
    expect(Math.abs((one?.inputs.forward ?? 0) - (other?.inputs.forward ?? 9))).toBeLessThan(0.05);
    const worst = (rows: (typeof blind.expiries)[number]['rows'] = []): number =>
      Math.max(
        ...rows.flatMap(({ contract, volatility }) =>
          volatility === null ? [] : [Math.abs(volatility - smile(contract.strike))],
        ),
      );
    expect(worst(one?.rows)).toBeGreaterThan(3 * worst(other?.rows));
  });
});
