import { requireSession } from '@trading-agent/calendar';
import { onlyStrategies, type StrategyBook } from '@trading-agent/config';
import { marketDate, usd } from '@trading-agent/core';
import type { EngineConfig, RunReport } from '@trading-agent/engine';
import { generateMarketDay } from '@trading-agent/synthetic';
import { describe, expect, it } from 'vitest';
import { Backtest } from './run-day.ts';
import { seededEngine } from './testing/seeded-engine.ts';

const SYMBOL = 'INTC';
const [THURSDAY, FRIDAY, MONDAY] = [marketDate('2026-03-05'), marketDate('2026-03-06'), marketDate('2026-03-09')];

/** As a user would write it who wants the shares: nothing is closed before it expires, whatever it costs. */
const TO_THE_END = {
  profitTarget: 10,
  stopLoss: 10,
  minDte: 0,
  expiryMinutes: 0,
  shortDelta: 1,
  maxMinutes: 1e6,
  roll: 0,
};
const ANY_VIEW = {
  direction: ['up', 'neutral', 'down'],
  conviction: ['strong', 'moderate', 'none'],
  volatility: ['rich', 'fair', 'cheap', 'unknown'],
  term: ['contango', 'flat', 'backwardation', 'unknown'],
} satisfies StrategyBook[string]['when'];

/** Sells a put in the money that ends on the morrow, and what is named against the shares. */
function wheel(against: string): EngineConfig {
  const engine = seededEngine(1);
  const book = onlyStrategies(engine.strategies, ['cash-secured-put', against]);
  const put = book['cash-secured-put'];
  const other = book[against];
  if (put === undefined || other === undefined) throw new Error('The strategies are not there');
  return {
    ...engine,
    leastReturn: -1,
    strategies: {
      ...book,
      'cash-secured-put': {
        ...put,
        when: ANY_VIEW,
        dte: { min: 1, max: 2 },
        delta: { min: 0.6, target: 0.8, max: 0.98 },
        exit: { ...put.exit, ...TO_THE_END },
      },
      [against]: { ...other, when: ANY_VIEW },
    },
    tiers: {
      ...engine.tiers,
      riskPerTrade: { min: 0, max: 1 },
      sizing: { ...engine.tiers.sizing, kelly: 0, maxFeeShare: 1 },
      table: engine.tiers.table.map((tier) => ({
        ...tier,
        riskPerTrade: 0.5,
        maxPositionSize: 0.9,
        limits: { ...tier.limits, portfolioRisk: 0.9 },
      })),
    },
  };
}

const DAYS = [THURSDAY, FRIDAY, MONDAY].map((date) =>
  generateMarketDay({ date, underlyings: [SYMBOL], seed: 3, kind: 'synthetic' }),
);

function run(engine: EngineConfig): readonly RunReport[] {
  const account = new Backtest({ underlyings: [SYMBOL], cash: usd(25_000), accountNumber: 'WHEEL', engine });
  return DAYS.map((day) => account.run(day, requireSession(day.date)).report);
}

const PUT = 'INTC260306P00085000';

describe('the wheel on a synthetic market', () => {
  it.each([
    { against: 'covered-call', sides: ['sell_to_open'] },
    { against: 'protective-put', sides: ['buy_to_open'] },
    { against: 'collar', sides: ['buy_to_open', 'sell_to_open'] },
  ])('goes from the put by its assignment to shares, and from them to: $against', ({ against, sides }) => {
    const [sold, assigned, covered] = run(wheel(against));
    expect(sold?.positions).toMatchObject([{ symbol: PUT, quantity: -2 }]);
    // Held to the end of its last day, in the money: nothing is ordered, the shares come in the night.
    expect(assigned).toMatchObject({ orders: [], positions: [{ symbol: PUT, quantity: -2 }] });
    const shares = covered?.positions.find(({ symbol }) => symbol === SYMBOL);
    expect(shares).toMatchObject({ quantity: 200, averagePrice: 85 });
    const [first] = covered?.orders ?? [];
    expect(first).toMatchObject({ intent: 'S3/open/1', strategy: against });
    expect(first?.legs.map(({ intent }) => intent)).toEqual(sides);
    // Never more than the shares cover, and no further put while they are there.
    const opened = covered?.orders.filter(({ purpose }) => purpose === 'open') ?? [];
    expect(opened.reduce((units, { filled }) => units + filled, 0)).toBeLessThanOrEqual(2);
    expect(covered?.orders.every(({ strategy }) => strategy === against)).toBe(true);
    // Equity neither jumps with the delivery nor forgets the shares.
    expect(Math.abs((covered?.startEquity ?? 0) - (assigned?.endEquity ?? 0))).toBeLessThan(60);
  });

  it('leaves the whole of it where the strategy says so: the call, and then its shares', () => {
    const engine = wheel('covered-call');
    const call = engine.strategies['covered-call'];
    if (call === undefined) throw new Error('The strategy is not there');
    const exit = { ...call.exit, maxMinutes: 30, roll: 0, withShares: true };
    const book = { ...engine.strategies, 'covered-call': { ...call, exit } };
    const [, , last] = run({ ...engine, strategies: book });
    const [open, close, sale] = last?.orders.filter(({ filled }) => filled > 0) ?? [];
    expect([open?.intent, close?.intent]).toEqual(['S3/open/1', 'S3/close/1']);
    expect(sale).toMatchObject({
      intent: 'shares/INTC/1',
      strategy: 'shares',
      purpose: 'close',
      quantity: 200,
      filled: 200,
    });
    expect(sale?.reason).toMatch(
      /^time-exit: 200 shares go with S3 \(covered-call\), which stood on them and was left; limit by the last price [\d.]+: it has no quotes$/,
    );
    expect(last?.positions.some(({ symbol }) => symbol === SYMBOL)).toBe(false);
  });
});
