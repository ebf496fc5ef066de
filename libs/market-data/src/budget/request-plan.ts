import { TradingError } from '@trading-agent/core';
import { type BudgetLimits, allowance } from './budget-limits.ts';

/**
 * What can be fetched by request. `contracts`: the listing of an underlying as of each day. `chain`: the snapshot of the whole chain as it stands
 * (once: a vendor has no snapshots of the past) and the listing of each earlier day. `aggs`: minute bars of the underlying. `option-aggs`: minute bars
 * of every contract. `daily`: day bars of the underlying. `trades`, `quotes`: ticks of the underlying.
 */
export const PLANNED = [
  'contracts',
  'chain',
  'aggs',
  'option-aggs',
  'daily',
  'trades',
  'quotes',
  'indicators',
  'dividends',
  'splits',
  'treasury',
  'news',
] as const;
export type Planned = (typeof PLANNED)[number];

/** How much there is of what: guesses on the high side for a liquid underlying, to be replaced where the truth is known. */
export interface PlanAssumptions {
  /** Contracts listed of one underlying on one day (SPY: about 10,000; a single stock: 1,000 to 3,000). */
  readonly contractsPerUnderlying: number;
  /** Contracts that a window of that many days meets, per underlying, beside those of one day. */
  readonly newContractsPerDay: number;
  readonly minuteBarsPerDay: number;
  readonly tradesPerDay: number;
  readonly quotesPerDay: number;
  readonly articlesPerDay: number;
}

export const PLAN_ASSUMPTIONS: PlanAssumptions = {
  contractsPerUnderlying: 10_000,
  newContractsPerDay: 250,
  minuteBarsPerDay: 960,
  tradesPerDay: 700_000,
  quotesPerDay: 3_000_000,
  articlesPerDay: 20,
};

export interface PlanRequest {
  readonly symbols: readonly string[];
  /** Trading days. */
  readonly days: number;
  readonly what: readonly Planned[];
  readonly budget: BudgetLimits;
  /** Calls of the present day that are gone; 0 unless given. */
  readonly usedToday?: number;
  readonly assume?: Partial<PlanAssumptions>;
}

export interface PlanItem {
  readonly what: Planned;
  readonly calls: number;
  /** How the number came about. */
  readonly because: string;
}

export interface RequestPlan {
  readonly calls: number;
  /** At the pace that a download may keep; waiting for the next day's budget is not in it. */
  readonly minutes: number;
  /** Whether what is left of today's budget for downloads is enough. */
  readonly fits: boolean;
  /** Calls that a download may still make today. */
  readonly leftToday: number;
  /** Days of budget it takes, today included. */
  readonly budgetDays: number;
  readonly items: readonly PlanItem[];
}

/**
 * What a download would cost, before it begins.
 * @throws {TradingError} `OUT_OF_RANGE` for days that are no positive whole number.
 */
export function planRequests(request: PlanRequest): RequestPlan {
  const { symbols, days, what, budget } = request;
  if (!Number.isSafeInteger(days) || days < 1) {
    throw new TradingError('OUT_OF_RANGE', `Expected a positive whole number of days, was ${days}`);
  }
  const assume = { ...PLAN_ASSUMPTIONS, ...request.assume };
  const count = new Set(symbols).size;
  const items = [...new Set(what)].map((one) => itemOf(one, count, days, assume));
  const calls = items.reduce((sum, item) => sum + item.calls, 0);
  const may = allowance(budget, 'download');
  const leftToday = Math.max(0, may.perDay - (request.usedToday ?? 0));
  const later = Math.max(0, calls - leftToday);
  return {
    calls,
    minutes: Math.ceil(calls / may.perMinute),
    fits: calls <= leftToday,
    leftToday,
    budgetDays: calls === 0 ? 0 : 1 + Math.ceil(later / may.perDay),
    items,
  };
}

function itemOf(what: Planned, symbols: number, days: number, assume: PlanAssumptions): PlanItem {
  const pages = (rows: number, page: number): number => Math.max(1, Math.ceil(rows / page));
  const each = (calls: number, because: string): PlanItem => ({ what, calls: symbols * calls, because });
  const listing = pages(assume.contractsPerUnderlying, 1_000);
  switch (what) {
    case 'contracts':
      return each(days * listing, `${days} days x ${listing} pages of 1,000 contracts`);
    case 'chain': {
      const now = pages(assume.contractsPerUnderlying, 250);
      return each(
        now + (days - 1) * listing,
        `${now} pages of 250 now, ${listing} pages of contracts for each of ${days - 1} earlier days`,
      );
    }
    case 'aggs': {
      const calls = pages(days * assume.minuteBarsPerDay, 50_000);
      return each(calls, `${days} days x ${assume.minuteBarsPerDay} minutes, 50,000 a page`);
    }
    case 'option-aggs': {
      const contracts = assume.contractsPerUnderlying + (days - 1) * assume.newContractsPerDay;
      const calls = contracts * pages(days * assume.minuteBarsPerDay, 50_000);
      return each(calls, `${contracts} contracts; flat files hold the same in ${days} downloads without a budget`);
    }
    case 'daily':
    case 'indicators':
    case 'dividends':
    case 'splits': {
      const size = { daily: 50_000, indicators: 5_000, dividends: 1_000, splits: 1_000 }[what];
      const series = what === 'indicators' ? 4 : 1;
      return each(series * pages(days, size), `${series} series, ${size} rows a page`);
    }
    case 'trades':
      return each(days * pages(assume.tradesPerDay, 50_000), `${days} days x ${assume.tradesPerDay} trades`);
    case 'quotes':
      return each(days * pages(assume.quotesPerDay, 50_000), `${days} days x ${assume.quotesPerDay} quotes`);
    case 'treasury':
      return { what, calls: symbols === 0 ? 0 : pages(days, 50_000), because: 'one series for all symbols' };
    case 'news':
      return each(pages(days * assume.articlesPerDay, 1_000), `${assume.articlesPerDay} articles a day, 1,000 a page`);
  }
}
