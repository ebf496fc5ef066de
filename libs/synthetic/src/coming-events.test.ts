import { addDays, marketDate } from '@trading-agent/core';
import { expect, it } from 'vitest';
import { generateComingEvents } from './coming-events.ts';
import { generateCorporateActions } from './corporate-actions.ts';

const SYMBOLS = ['SPY', 'AAPL', 'TSLA', 'SPX'];

it('what is said of the days ahead is what comes, to the cent and the day', () => {
  const date = marketDate('2025-02-03');
  const until = marketDate('2025-06-30');
  const events = generateComingEvents({ symbols: SYMBOLS, seed: 5, date, until });
  const { dividends, splits } = generateCorporateActions({
    symbols: SYMBOLS,
    seed: 5,
    from: addDays(date, 1),
    to: until,
  });
  expect(splits).toEqual([]);
  for (const symbol of SYMBOLS)
    expect(events[symbol]?.dividends).toEqual(
      dividends.flatMap((paid) => (paid.symbol === symbol ? [{ exDate: paid.exDate, cash: paid.amount }] : [])),
    );
  expect(events['SPY']?.dividends.length).toBe(2);
  // Stocks report in January, April, July and October; funds and indexes never.
  expect(events['AAPL']?.earnings?.slice(0, 7)).toBe('2025-04');
  expect([events['SPY']?.earnings, events['SPX']?.earnings]).toEqual([null, null]);
});

it('is what was known on the day: a longer market says the same', () => {
  const date = marketDate('2025-11-03');
  const near = generateComingEvents({ symbols: SYMBOLS, seed: 5, date, until: marketDate('2025-12-31') });
  const far = generateComingEvents({ symbols: SYMBOLS, seed: 5, date, until: marketDate('2026-03-31') });
  for (const symbol of SYMBOLS) {
    const dividends = far[symbol]?.dividends ?? [];
    expect(dividends.filter(({ exDate }) => exDate <= '2025-12-31')).toEqual(near[symbol]?.dividends);
    // Of next year nothing has been said but by what is paid now.
    expect(new Set(dividends.map(({ cash }) => cash)).size).toBeLessThanOrEqual(1);
  }
});
