import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import {
  exInstant,
  expiryInstant,
  figuresAtPrice,
  figuresAtVolatility,
  figuresWithDividends,
  finiteDifferencePrice,
  optionPrice,
  Rates,
  sviTotalVariance,
  UnderlyingPricer,
  yearsBetween,
} from '@trading-agent/pricing';
import { generateMarketDay } from '@trading-agent/synthetic';
import { describe, expect, it, test } from 'vitest';
import { type ChainQuote, chainDay } from '../testing/chain-day.ts';
import { chainSnapshot, seriesName } from './chain-snapshot.ts';
import { contractRow } from './contract-rows.ts';
import { drawnSmiles, smileSvg } from './smile.ts';
import { termStructure } from './term-structure.ts';

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

  it('tells of a contract what `agent price` tells of it with these inputs, from its volatility and from its price', () => {
    const { expiries } = chainSnapshot(day, 'XYZ', at, new UnderlyingPricer({ rates, dividends: [dividend] }));
    let compared = 0;
    for (const { style, inputs, rows } of expiries) {
      const dividends = inputs.dividends.map(({ years, cash }) => `${years * 365}:${cash}`).join(';');
      for (const { contract, volatility, mid, greeks } of rows) {
        if (volatility === null || mid === null || greeks === null || greeks.vega < 0.02) continue;
        const told = { right: contract.right, style, spot: `${spot}`, strike: `${contract.strike}`, dividends };
        const carried = { years: `${inputs.years}`, rate: `${inputs.rate}`, yield: `${inputs.yield}` };
        for (const known of [{ volatility: `${volatility}` }, { price: `${mid}` }]) {
          const row = contractRow({ ...told, ...carried, ...known });
          if (typeof row === 'string') throw new Error(row);
          const figures =
            row.dividends.length > 0
              ? figuresWithDividends(row, row.dividends, row.known)
              : (row.known.kind === 'price' ? figuresAtPrice : figuresAtVolatility)([row], [row.known.value])[0];
          const alone = figures?.greeks;
          expect(Math.abs((alone?.price ?? 9) - mid), contract.symbol).toBeLessThan(1e-3);
          expect(Math.abs((figures?.volatility ?? 9) - volatility)).toBeLessThan(1e-3 / (100 * greeks.vega));
          expect(Math.abs((alone?.delta ?? 9) - greeks.delta)).toBeLessThan(1e-3);
          expect(Math.abs((alone?.gamma ?? 9) - greeks.gamma)).toBeLessThan(1e-3);
          expect(Math.abs((alone?.vega ?? 9) - greeks.vega)).toBeLessThan(2e-3);
          expect(Math.abs((alone?.theta ?? 9) - greeks.theta)).toBeLessThan(2e-3);
          expect(Math.abs((alone?.rho ?? 9) - greeks.rho)).toBeLessThan(5e-3);
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(90);
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

describe('SPX and SPXW of one date', () => {
  const date = marketDate('2015-12-24');
  const at = nyInstant(date, '12:00');
  const expiry = marketDate('2016-01-15');
  const market = {
    SPX: { years: yearsBetween(at, nyInstant(expiry, '09:30')), yield: 0.03, volatility: 0.16 },
    SPXW: { years: yearsBetween(at, nyInstant(expiry, '16:00')), yield: -0.01, volatility: 0.2 },
  };
  const quotes = (['SPX', 'SPXW'] as const).flatMap((root) =>
    [1_850, 1_900, 1_950, 2_000, 2_050, 2_100, 2_150].flatMap((strike) =>
      (['call', 'put'] as const).map((right): ChainQuote => {
        const price = optionPrice({ ...market[root], spot: 2_000, strike, right, rate: 0.04 });
        const contract = optionContract(formatOptionSymbol({ root, expiry, right, strike }));
        return { contract, bid: price - 0.02, ask: price + 0.02 };
      }),
    ),
  );
  const snapshot = chainSnapshot(
    chainDay('SPX', { date, at, spot: 2_000 }, quotes),
    'SPX',
    at,
    new UnderlyingPricer({ rates: Rates.given(0.04), dividends: null }),
  );

  it('are priced from a price that is given where the data have none, and tell no thirty days that they do not reach', () => {
    const day = chainDay('SPX', { date, at, spot: 2_000 }, quotes);
    const silent = { ...day, steps: day.steps.map((step) => ({ ...step, bars: [] })) };
    const pricer = () => new UnderlyingPricer({ rates: Rates.given(0.04), dividends: null });
    expect(() => chainSnapshot(silent, 'SPX', at, pricer())).toThrow(/no price of SPX/);
    const given = chainSnapshot(silent, 'SPX', at, pricer(), 2_000);
    expect(given.expiries).toEqual(snapshot.expiries);
    expect(termStructure(given).thirtyDays).toEqual({ atTheMoney: null, index: null });
  });

  it('are two series, each with its time, forward and smile', () => {
    expect(snapshot.expiries.map(seriesName)).toEqual(['2016-01-15 AM', '2016-01-15']);
    for (const { settles, style, inputs, rows, smile } of snapshot.expiries) {
      const { years, yield: fee, volatility } = market[settles === 'am' ? 'SPX' : 'SPXW'];
      expect(style).toBe('european');
      expect(inputs.years).toBe(years);
      expect(Math.abs(inputs.forward - 2_000 * Math.exp((0.04 - fee) * years))).toBeLessThan(0.01);
      for (const row of rows)
        expect(Math.abs((row.volatility ?? 9) - volatility), row.contract.symbol).toBeLessThan(2e-4);
      expect(Math.sqrt(sviTotalVariance(smile?.svi ?? { a: 0, b: 0, rho: 0, m: 0, sigma: 1 }, 0) / years)).toBeCloseTo(
        volatility,
        3,
      );
    }
    expect(drawnSmiles(snapshot).map(({ name }) => name)).toEqual(['2016-01-15 AM', '2016-01-15']);
    expect(smileSvg('SPX', drawnSmiles(snapshot))).toContain('>2016-01-15 AM</text>');
    expect(smileSvg('SPX', [])).not.toContain('NaN');
    expect(termStructure(snapshot).expiries.map(({ atTheMoney }) => atTheMoney?.toFixed(2))).toEqual(['0.16', '0.20']);
  });
});
