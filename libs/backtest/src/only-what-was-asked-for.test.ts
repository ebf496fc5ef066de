import { requireSession } from '@trading-agent/calendar';
import { onlyStrategies } from '@trading-agent/config';
import { micros, MICROS_PER_MINUTE, usd } from '@trading-agent/core';
import type { MarketStep } from '@trading-agent/market-data';
import { A_DATE, aBar, aContract, aMarketDay, aStep } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { type DayResult, runDay } from './run-day.ts';
import { seededEngine } from './testing/seeded-engine.ts';

const session = requireSession(A_DATE);
const at = (minutes: number) => micros(session.open + minutes * MICROS_PER_MINUTE);

// At 100, 22 days before expiry, with a volatility of 30%: the call that a strong view up buys costs 2.53.
const ROWS: readonly (readonly [strike: number, bid: number, ask: number])[] = [
  [99, 3.4, 3.5],
  [100, 2.89, 2.99],
  [101, 2.43, 2.53],
  [102, 2.02, 2.12],
  [103, 1.67, 1.77],
];
const symbolAt = (strike: number) => aContract(`TWX160115C${String(strike * 1_000).padStart(8, '0')}`).symbol;

function quotesAt(minutes: number): MarketStep['quotes'] {
  return ROWS.map(([strike, bid, ask]) => ({
    symbol: symbolAt(strike),
    at: at(minutes),
    bid,
    bidSize: 1,
    ask,
    askSize: 1,
  }));
}

/** A minute that ended then, up and down by turns. */
function barAt(minutes: number) {
  const close = minutes % 2 === 0 ? 100 : 100.05;
  const [start, end] = [at(minutes - 1), at(minutes)];
  return aBar({ symbol: 'TWX', start, end, open: close, high: close + 0.01, low: close - 0.01, close });
}

/** A day with a bar a minute from the fifth to the tenth, and the chain quoted in the minutes named. */
function run(quoted: readonly number[], signal?: AbortSignal): DayResult {
  const steps = [5, 6, 7, 8, 9, 10].map((minutes) =>
    aStep({ at: at(minutes), bars: [barAt(minutes)], quotes: quoted.includes(minutes) ? quotesAt(minutes) : [] }),
  );
  const history = Array.from({ length: 60 }, (_, index) => barAt(index - 1_500));
  const engine = seededEngine(1);
  return runDay({
    day: aMarketDay({
      underlyings: ['TWX'],
      steps,
      history,
      contracts: ROWS.map(([strike]) => aContract(symbolAt(strike))),
    }),
    session,
    underlyings: ['TWX'],
    cash: usd(25_000),
    accountNumber: 'PA1',
    engine: {
      ...engine,
      strategies: onlyStrategies(engine.strategies, ['long-call']),
      tiers: { ...engine.tiers, sizing: { ...engine.tiers.sizing, kelly: 0 } },
      model: {
        id: 'up',
        name: 'up',
        predict: () => ({ probabilityUp: 0.7, confidence: 0.4, direction: 'up', horizonMinutes: 30 }),
      },
    },
    ...(signal && { signal }),
  });
}

describe('a day without recordings', () => {
  it('shows the engine no quote before it has asked for it', () => {
    // The first bar makes it ask; what stood in that very step is not seen, as on a socket.
    expect(run([5]).report.orders).toEqual([]);
    expect(run([10]).report.orders.map(({ intent }) => intent)).toEqual(['S1/open/1']);
  });

  it('that ends with an order ends with its fill, and with the close', () => {
    // Two are ordered, one is displayed: the rest expires.
    const { report, complete } = run([10]);
    expect(complete).toBe(true);
    expect(report.orders).toMatchObject([{ quantity: 2, filled: 1, limit: 2.53 }]);
    expect(report.executions).toMatchObject([{ intent: 'S1/open/1', quantity: 1, net: 2.53 }]);
    expect(report.positions).toMatchObject([{ symbol: symbolAt(101), quantity: 1, mark: 2.48 }]);
  });

  it('that was called off says so', () => {
    const controller = new AbortController();
    controller.abort();
    expect(run([10], controller.signal)).toMatchObject({
      complete: false,
      report: { orders: [], endEquity: 25_000 },
    });
  });
});
