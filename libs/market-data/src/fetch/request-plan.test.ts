import { previousSession } from '@trading-agent/calendar';
import { type MarketDate, marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { planRequests } from './request-plan.ts';
import { FETCHABLE, type FetchState, NOTHING_FETCHED } from './wanted.ts';

const SMALLEST = { perMinute: 5, perDay: 1_000 };
const TODAY = marketDate('2026-11-24');

/** The last sessions before today, oldest first. */
function sessions(count: number): readonly MarketDate[] {
  const found: MarketDate[] = [];
  for (let date = previousSession(TODAY); found.length < count; date = previousSession(date)) found.unshift(date);
  return found;
}
const asked = (count: number, ...symbols: readonly string[]) => ({
  symbols,
  dates: sessions(count),
  today: TODAY,
  budget: SMALLEST,
});

describe('planRequests', () => {
  it('says calls, minutes and whether today is enough', () => {
    // 10,000 contracts: 40 pages now, 10 pages for each of 90 days; 90 sessions of minutes: 2 calls.
    const plan = planRequests({ ...asked(90, 'SPY'), what: ['chain', 'aggs'] });
    expect(plan).toMatchObject({
      calls: 942,
      minutes: 236,
      fits: false,
      leftToday: 800,
      budgetDays: 2,
      uncertain: 940,
    });
    expect(plan.items.map(({ what, calls }) => [what, calls])).toEqual([
      ['chain', 940],
      ['aggs', 2],
    ]);
  });

  it('counts what is already used, each symbol once, treasury yields once for all', () => {
    const plan = planRequests({
      ...asked(10, 'SPY', 'QQQ', 'SPY'),
      what: ['daily', 'treasury', 'dividends', 'daily'],
      usedToday: 796,
    });
    expect(plan).toMatchObject({ calls: 5, fits: false, leftToday: 4, budgetDays: 2, minutes: 2, uncertain: 0 });
  });

  it('counts a listing that two wishes need once', () => {
    const calls = (...what: readonly (typeof FETCHABLE)[number][]) =>
      planRequests({ ...asked(3, 'SPY'), what, assume: { contractsPerUnderlying: 900 } }).calls;
    expect([calls('contracts'), calls('chain'), calls('contracts', 'chain')]).toEqual([3, 7, 7]);
    // 900 and twice 250 contracts of a call each.
    expect(calls('contracts', 'chain', 'option-aggs')).toBe(7 + 1_400);
  });

  it('leaves out what is there, and takes the pages of last time for what is not', () => {
    const [first, second, third] = sessions(3);
    const state: FetchState = {
      isDone: (step, _symbol, date) => (step === 'contracts' || step === 'aggs') && date === second,
      contracts: (_underlying, dates) =>
        dates.length === 3 ? ['SPY261218C00650000', `SPY${second?.slice(2).replaceAll('-', '')}P00600000`] : undefined,
      lastCalls: (step) => (step === 'contracts' ? 12 : undefined),
    };
    const plan = planRequests({ ...asked(3, 'SPY'), what: ['contracts', 'aggs', 'option-aggs'], state });
    expect(plan.items.map(({ calls }) => calls)).toEqual([24, 1, 2]);
    expect([first, third]).not.toContain(undefined);
    const done: FetchState = { ...NOTHING_FETCHED, isDone: () => true, contracts: () => [] };
    expect(planRequests({ ...asked(3, 'SPY'), what: FETCHABLE, state: done })).toMatchObject({
      calls: 0,
      budgetDays: 0,
    });
  });

  it('asks for bars in calls that one page holds', () => {
    const calls = (count: number) => planRequests({ ...asked(count, 'SPY'), what: ['aggs'] }).calls;
    expect([calls(1), calls(52), calls(53), calls(104), calls(105)]).toEqual([1, 1, 2, 2, 3]);
  });

  it('never makes more data cheaper', () => {
    for (const what of FETCHABLE) {
      const calls = [1, 5, 90, 300].map((days) => planRequests({ ...asked(days, 'SPY'), what: [what] }).calls);
      expect(calls).toEqual(calls.toSorted((a, b) => a - b));
      expect(calls[0]).toBeGreaterThan(0);
    }
  });

  it('is nothing for nothing', () => {
    expect(planRequests({ ...asked(1), what: FETCHABLE })).toMatchObject({
      calls: 0,
      minutes: 0,
      fits: true,
      budgetDays: 0,
    });
    expect(planRequests({ ...asked(0, 'SPY'), what: ['aggs', 'option-aggs'] })).toMatchObject({ calls: 0 });
  });
});
