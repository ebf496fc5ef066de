import { loadSettings } from '@trading-agent/config';
import { marketDate, micros, MICROS_PER_SECOND, microsFromRfc3339, usd } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { exInstant, expiryInstant, finiteDifferencePrice, Rates, yearsBetween } from '@trading-agent/pricing';
import { ChainView } from '@trading-agent/strategies';
import { describe, expect, it } from 'vitest';
import { openSession } from './state.ts';
import { MarkedValuation } from './valuation.ts';

const DATE = marketDate('2015-12-24');
const AT = microsFromRfc3339('2015-12-24T15:00:00Z');
const SPOT = 70;
const BORROW = 0.01;
const MAX_AGE = 90 * MICROS_PER_SECOND;
const DIVIDEND = { exDate: marketDate('2016-01-08'), cash: 0.6 };
const TREASURY = {
  date: marketDate('2015-12-23'),
  yields: [1 / 12, 0.25, 0.5].map((years) => ({ years, yield: 0.04 })),
};
const EXPIRIES = ['2016-01-15', '2016-02-19'].map(marketDate);
const STRIKES = [55, 60, 62.5, 65, 67.5, 70, 72.5, 75, 77.5, 80, 85];
const rates = Rates.asOf(DATE, TREASURY);
const smile = (strike: number): number => 0.28 - 0.1 * Math.log(strike / SPOT);

const contracts = EXPIRIES.flatMap((expiry) =>
  STRIKES.flatMap((strike) =>
    (['call', 'put'] as const).map((right) =>
      optionContract(formatOptionSymbol({ root: 'TWX', expiry, right, strike })),
    ),
  ),
);
type Contract = (typeof contracts)[number];

/** By finite differences, which share no arithmetic with the kernels. */
function worth({ expiry, strike, right }: Contract, spot = SPOT, volatility = smile(strike)): number {
  const years = yearsBetween(AT, expiryInstant({ expiry, settles: 'pm', root: 'TWX' }));
  const option = { spot, strike, years, rate: rates.rate(years), yield: BORROW, volatility, right } as const;
  const dividends = [{ years: yearsBetween(AT, exInstant(DIVIDEND.exDate)), cash: DIVIDEND.cash, proportion: 0 }];
  return finiteDifferencePrice({ ...option, exercise: 'american', dividends }, { nodes: 400, steps: 200 }).price;
}

function openMarket() {
  const { tiers } = loadSettings({ env: {}, cwd: import.meta.dirname });
  const state = openSession(
    {
      key: 'one-price',
      date: DATE,
      open: microsFromRfc3339('2015-12-24T14:30:00Z'),
      close: microsFromRfc3339('2015-12-24T18:00:00Z'),
      account: { number: 'PA1', cash: usd(25_000), optionsLevel: 3, tradable: true },
      events: { TWX: { dividends: [DIVIDEND], earnings: null } },
      treasury: TREASURY,
      underlyings: ['TWX'],
      contracts,
      history: [],
    },
    tiers,
  );
  const underlying = state.underlyings.get('TWX');
  if (underlying === undefined) throw new Error('TWX is not there');
  underlying.spot = SPOT;
  for (const contract of contracts) {
    const price = worth(contract);
    const sides = { bid: Math.max(0.001, price - 0.01), ask: price + 0.01 };
    state.book.apply({ symbol: contract.symbol, at: AT, ...sides, bidSize: 10, askSize: 10 });
  }
  const { chain, pricer } = underlying;
  const quote = (symbol: string) => state.book.quote(symbol);
  const options = { at: AT, date: DATE, underlying: 'TWX', spot: SPOT, chain, pricer, quote, maxQuoteAge: MAX_AGE };
  return { state, view: new ChainView(options) };
}

describe('one price of a contract for everybody', () => {
  const { state, view } = openMarket();
  const valuation = new MarkedValuation(state, AT, MAX_AGE);

  it('strategies and risk see the same rate, dividends, fee and volatility', () => {
    for (const expiry of EXPIRIES) {
      const { years, rate, yield: borrow, paid, forward, sources } = view.terms(expiry);
      const [contract] = contracts.filter((one) => one.expiry === expiry);
      if (contract === undefined) throw new Error('no contract');
      expect(valuation.terms(contract)).toEqual({ years, rate, yield: borrow, dividends: paid });
      expect(sources).toEqual({ rate: 'treasury', dividends: 'declared', forward: 'quotes' });
      expect(rate).toBe(rates.rate(years));
      expect(paid).toBeCloseTo(DIVIDEND.cash, 2);
      const carried = (SPOT - paid) * Math.exp((rate - BORROW) * years);
      expect(Math.abs(forward - carried)).toBeLessThan(0.01);
    }
    let compared = 0;
    for (const contract of contracts) {
      const shown = view.value(contract);
      if (shown === null) continue;
      const volatility = valuation.volatility(contract) ?? Number.NaN;
      expect(Math.abs(volatility - shown.volatility), contract.symbol).toBeLessThan(1e-3 * shown.volatility);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(35);
  });

  it('the price that an order is held against is the American one, in the money and before the ex-date too', () => {
    for (const contract of contracts.filter(({ strike }) => strike > 60 && strike < 80)) {
      const model = valuation.modelPrice(contract) ?? Number.NaN;
      // Neighbours on a smile that is not a straight line.
      expect(Math.abs(model - worth(contract)), contract.symbol).toBeLessThan(0.02);
    }
  });

  it('stress takes the American value where early exercise is worth something', () => {
    for (const [strike, right] of [
      [62.5, 'call'],
      [80, 'put'],
    ] as const) {
      const contract = contracts.find(
        (one) => one.expiry === EXPIRIES[1] && one.strike === strike && one.right === right,
      );
      if (contract === undefined) throw new Error('no contract');
      const early = valuation.earlyExercise(contract);
      const { years, rate, yield: borrow, dividends } = valuation.terms(contract);
      const spots = Float64Array.of(63, 70, 77);
      const premiums = new Float64Array(3);
      early?.premiums(3, { spot: spots, logSpot: spots.map(Math.log) }, 0.28, premiums);
      for (const [index, spot] of spots.entries()) {
        const european = finiteDifferencePrice(
          {
            spot: spot - dividends,
            strike,
            years,
            rate,
            yield: borrow,
            volatility: 0.28,
            right,
            exercise: 'european',
            dividends: [],
          },
          { nodes: 400, steps: 200 },
        ).price;
        const premium = premiums[index] ?? Number.NaN;
        expect(Math.abs(european + premium - worth(contract, spot, 0.28))).toBeLessThan(0.01);
      }
    }
  });

  it('neighbours whose quotes are older than any quote may be say nothing of a contract', () => {
    const [contract] = contracts.filter(({ strike }) => strike === 70);
    if (contract === undefined) throw new Error('no contract');
    const after = (seconds: number) => new MarkedValuation(state, micros(AT + seconds * MICROS_PER_SECOND), MAX_AGE);
    expect(after(90).modelPrice(contract)).not.toBeNull();
    expect(after(91).modelPrice(contract)).toBeNull();
    expect(after(-2).modelPrice(contract)).toBeNull();
  });
});
