import { describe, expect, it } from 'vitest';
import { PLANNED, planRequests } from './request-plan.ts';

const SMALLEST = { perMinute: 5, perDay: 1_000 };

describe('planRequests', () => {
  it('says calls, minutes and whether today is enough', () => {
    // 10,000 contracts: 40 pages now, 10 pages for each of 89 earlier days; 90 x 960 minutes: 2 pages.
    const plan = planRequests({ symbols: ['SPY'], days: 90, what: ['chain', 'aggs'], budget: SMALLEST });
    expect(plan).toMatchObject({ calls: 932, minutes: 233, fits: false, leftToday: 800, budgetDays: 2 });
    expect(plan.items.map(({ what, calls }) => [what, calls])).toEqual([
      ['chain', 930],
      ['aggs', 2],
    ]);
  });

  it('counts what is already used, each symbol once, treasury yields once for all', () => {
    const plan = planRequests({
      symbols: ['SPY', 'QQQ', 'SPY'],
      days: 10,
      what: ['daily', 'treasury', 'dividends', 'daily'],
      budget: SMALLEST,
      usedToday: 796,
    });
    expect(plan).toMatchObject({ calls: 5, fits: false, leftToday: 4, budgetDays: 2, minutes: 2 });
  });

  it('never makes more data cheaper', () => {
    for (const what of PLANNED) {
      const calls = [1, 5, 90, 900].map(
        (days) => planRequests({ symbols: ['SPY'], days, what: [what], budget: SMALLEST }).calls,
      );
      expect(calls).toEqual(calls.toSorted((a, b) => a - b));
      expect(calls[0]).toBeGreaterThan(0);
    }
  });

  it('is nothing for nothing, and refuses days that are none', () => {
    expect(planRequests({ symbols: [], days: 1, what: PLANNED, budget: SMALLEST })).toMatchObject({
      calls: 0,
      minutes: 0,
      fits: true,
      budgetDays: 0,
    });
    expect(() => planRequests({ symbols: ['SPY'], days: 0, what: ['aggs'], budget: SMALLEST })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
