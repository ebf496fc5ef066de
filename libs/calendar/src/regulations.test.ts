import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { regulation } from './index.ts';

describe('the day-trading rule', () => {
  it.each([
    ['2001-09-27', undefined, 'none'],
    ['2001-09-28', undefined, 'pattern-day-trader'],
    ['2026-06-03', undefined, 'pattern-day-trader'],
    ['2026-06-04', undefined, 'intraday-margin'],
    ['2026-07-05', 'alpaca', 'pattern-day-trader'],
    ['2026-07-06', 'alpaca', 'intraday-margin'],
    ['2026-07-06', 'another', 'pattern-day-trader'],
    ['2027-10-19', 'another', 'pattern-day-trader'],
    ['2027-10-20', 'another', 'intraday-margin'],
    ['2026-07-06', 'constructor', 'pattern-day-trader'],
  ])('on %s at %s is %s', (date, broker, kind) => {
    expect(regulation('day-trading', marketDate(date), broker).kind).toBe(kind);
  });

  it('names the numbers of the pattern-day-trader rule', () => {
    expect(regulation('day-trading', marketDate('2015-12-24'), 'alpaca')).toEqual({
      kind: 'pattern-day-trader',
      dayTrades: 4,
      sessions: 5,
      minimumEquity: 25_000,
    });
  });
});

describe('other dated rules', () => {
  it.each([
    ['1995-06-04', 5],
    ['1995-06-05', 4],
    ['1995-06-07', 3],
    ['2017-09-04', 3],
    ['2017-09-05', 2],
    ['2024-05-27', 2],
    ['2024-05-28', 1],
  ])('stock settles on %s after %i sessions, options after one', (date, stock) => {
    expect(regulation('settlement', marketDate(date))).toEqual({ stock, option: 1 });
  });

  it('monthly options expire on Saturdays until January 2015', () => {
    expect(regulation('monthly-expiry', marketDate('2015-01-31')).weekday).toBe('saturday');
    expect(regulation('monthly-expiry', marketDate('2015-02-01')).weekday).toBe('friday');
  });
});
