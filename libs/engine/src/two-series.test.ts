import { nyInstant } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { marketDate, MICROS_PER_SECOND, microsFromRfc3339, usd } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { optionPrice, yearsBetween } from '@trading-agent/pricing';
import { ChainView } from '@trading-agent/strategies';
import { describe, expect, it } from 'vitest';
import { openSession } from './state.ts';
import { MarkedValuation } from './valuation.ts';

const DATE = marketDate('2015-12-24');
const AT = microsFromRfc3339('2015-12-24T15:00:00Z');
const EXPIRY = marketDate('2016-01-15');
const SPOT = 2_000;
const MAX_AGE = 90 * MICROS_PER_SECOND;
/** The yields are far enough apart that one series' forward tells the other's volatilities wrongly, by points. */
const SERIES = {
  SPX: { years: yearsBetween(AT, nyInstant(EXPIRY, '09:30')), yield: 0.05, volatility: 0.2 },
  SPXW: { years: yearsBetween(AT, nyInstant(EXPIRY, '16:00')), yield: -0.02, volatility: 0.16 },
};
type Root = keyof typeof SERIES;
const ROOTS: readonly Root[] = ['SPX', 'SPXW'];

const strikesOf = (root: Root): readonly number[] =>
  Array.from({ length: 21 }, (_, k) => 1_750 + 25 * k).filter((strike) => root === 'SPX' || strike % 50 === 0);
const listed = ROOTS.flatMap((root) =>
  strikesOf(root).flatMap((strike) =>
    (['call', 'put'] as const).map((right) => ({
      root,
      contract: optionContract(formatOptionSymbol({ root, expiry: EXPIRY, right, strike })),
    })),
  ),
);

function openMarket(rate: number) {
  const { tiers } = loadSettings({ env: {}, cwd: import.meta.dirname });
  const state = openSession(
    {
      key: 'two-series',
      date: DATE,
      open: microsFromRfc3339('2015-12-24T14:30:00Z'),
      close: microsFromRfc3339('2015-12-24T18:00:00Z'),
      account: { number: 'PA1', cash: usd(100_000), optionsLevel: 3, tradable: true },
      treasury: { date: marketDate('2015-12-23'), yields: [{ years: 1 / 12, yield: rate }] },
      underlyings: ['SPX'],
      contracts: listed.map(({ contract }) => contract),
      history: [],
    },
    tiers,
  );
  const underlying = state.underlyings.get('SPX');
  if (underlying === undefined) throw new Error('SPX is not there');
  underlying.spot = SPOT;
  for (const { root, contract } of listed) {
    const { strike, right } = contract;
    const price = optionPrice({ ...SERIES[root], spot: SPOT, strike, right, rate: Math.log1p(rate / 12) * 12 });
    state.book.apply({ symbol: contract.symbol, at: AT, bid: price - 0.05, ask: price + 0.05, bidSize: 1, askSize: 1 });
  }
  const { chain, pricer } = underlying;
  const quote = (symbol: string) => state.book.quote(symbol);
  const options = { at: AT, date: DATE, underlying: 'SPX', spot: SPOT, chain, pricer, quote, maxQuoteAge: MAX_AGE };
  return { view: new ChainView(options), valuation: new MarkedValuation(state, AT, MAX_AGE) };
}

describe('SPX, settled in the morning, and SPXW, settled at the close of the same date', () => {
  const { view, valuation } = openMarket(0.04);

  it('each has its own time, forward and volatilities, for strategies and for risk', () => {
    for (const { root, contract } of listed) {
      const { years, yield: fee, volatility } = SERIES[root];
      const terms = valuation.terms(contract);
      expect(terms.years).toBe(years);
      expect(Math.abs(terms.yield - fee)).toBeLessThan(1e-3);
      // Far from the money the ticks leave volatilities open.
      const tolerance = Math.abs(contract.strike / SPOT - 1) < 0.06 ? 5e-4 : 0.05;
      for (const found of [view.value(contract)?.volatility, valuation.volatility(contract)])
        expect(Math.abs((found ?? Number.NaN) - volatility), contract.symbol).toBeLessThan(tolerance);
    }
  });

  it('the price that an order is held against comes of neighbours in its own series', () => {
    for (const { root, contract } of listed.filter((one) => Math.abs(one.contract.strike / SPOT - 1) < 0.04)) {
      const { strike, right } = contract;
      const own = optionPrice({ ...SERIES[root], spot: SPOT, strike, right, rate: Math.log1p(0.04 / 12) * 12 });
      expect(Math.abs((valuation.modelPrice(contract) ?? Number.NaN) - own), contract.symbol).toBeLessThan(0.1);
    }
  });

  it('a structure has legs of one of them: the one that lives longer', () => {
    expect(view.expiries({ min: 0, max: 60 })).toEqual([EXPIRY]);
    for (const right of ['call', 'put'] as const)
      expect(view.side(EXPIRY, right).map(({ contract }) => contract.root)).toEqual(
        strikesOf('SPXW').map(() => 'SPXW'),
      );
    expect(view.terms(EXPIRY).years).toBe(SERIES.SPXW.years);
  });
});
