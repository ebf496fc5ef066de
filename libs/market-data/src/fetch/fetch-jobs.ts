import type { MarketDate } from '@trading-agent/core';
import { parseOptionSymbol } from '@trading-agent/instruments';
import {
  FETCHABLE,
  type FetchAssumptions,
  type FetchJob,
  type FetchRequest,
  type FetchState,
  type FetchStep,
  type Fetchable,
} from './wanted.ts';

/** Bars that one call gives at the most. */
const BARS_A_CALL = 50_000;
/** Minutes that a stock can trade a day: 4:00 to 20:00. Bars of so many sessions are one call whatever happened in them. */
const STOCK_SESSIONS_A_CALL = Math.floor(BARS_A_CALL / 960);
/** Options trade 405 minutes at the most (until 16:15). */
const OPTION_SESSIONS_A_CALL = Math.floor(BARS_A_CALL / 405);

/** Every question that is still to be asked, in the order in which it is asked. A listing that two wishes need is asked for once. */
export function fetchJobs(request: FetchRequest, state: FetchState, assume: FetchAssumptions): readonly FetchJob[] {
  const jobs: FetchJob[] = [];
  const listed = new Set<string>();
  const symbols = [...new Set(request.symbols)];
  const what = FETCHABLE.filter((one) => request.what.includes(one));
  for (const one of what) {
    if (one === 'treasury') jobs.push(...treasury(request, state));
    else for (const symbol of symbols) jobs.push(...jobsOf(one, symbol, request, state, assume, listed));
  }
  return jobs;
}

function jobsOf(
  what: Exclude<Fetchable, 'treasury'>,
  symbol: string,
  request: FetchRequest,
  state: FetchState,
  assume: FetchAssumptions,
  listed: Set<string>,
): readonly FetchJob[] {
  const { dates, today } = request;
  const pending = (step: FetchStep): readonly MarketDate[] => dates.filter((date) => !state.isDone(step, symbol, date));
  /** A job a day, of as many pages as last time or as assumed. */
  const byDay = (step: FetchStep, days: readonly MarketDate[], rows: number, page: number): FetchJob[] =>
    days.map((date) => {
      const last = state.lastCalls(step, symbol);
      const calls = last ?? Math.max(1, Math.ceil(rows / page));
      return { what, step, symbol, dates: [date], calls, basis: last === undefined ? 'assumed' : 'last-time' };
    });
  const listings = (days: readonly MarketDate[]): FetchJob[] => {
    const fresh = days.filter((date) => !state.isDone('contracts', symbol, date) && !listed.has(`${symbol} ${date}`));
    for (const date of fresh) listed.add(`${symbol} ${date}`);
    return byDay('contracts', fresh, assume.contractsPerUnderlying, 1_000);
  };
  switch (what) {
    case 'contracts':
      return listings(dates);
    case 'chain': {
      const now = state.isDone('snapshot', symbol, today) ? [] : [today];
      // The snapshot names the contracts of today itself.
      return [
        ...byDay('snapshot', now, assume.contractsPerUnderlying, 250),
        ...listings(dates.filter((date) => date !== today)),
      ];
    }
    case 'aggs':
      return windows(dates, pending('aggs'), STOCK_SESSIONS_A_CALL).map((days) => certain(what, 'aggs', symbol, days));
    case 'daily':
      return windows(dates, pending('daily'), BARS_A_CALL).map((days) => certain(what, 'daily', symbol, days));
    case 'option-aggs':
      return [...listings(dates), ...optionBars(symbol, request, state, assume)];
    case 'trades':
      return byDay('trades', pending('trades'), assume.tradesPerDay, 50_000);
    case 'quotes':
      return byDay('quotes', pending('quotes'), assume.quotesPerDay, 50_000);
    case 'dividends':
    case 'splits':
      return state.isDone(what, symbol, today) ? [] : [certain(what, what, symbol, [today])];
    case 'news': {
      const days = pending('news');
      const calls = Math.max(1, Math.ceil((days.length * assume.articlesPerDay) / 1_000));
      return days.length === 0 ? [] : [{ what, step: 'news', symbol, dates: days, calls, basis: 'assumed' }];
    }
  }
}

function certain(what: Fetchable, step: FetchStep, symbol: string, dates: readonly MarketDate[]): FetchJob {
  return { what, step, symbol, dates, calls: 1, basis: 'certain' };
}

function treasury({ symbols, dates, today }: FetchRequest, state: FetchState): readonly FetchJob[] {
  if (symbols.length === 0 || dates.length === 0 || state.isDone('treasury', '*', today)) return [];
  return [certain('treasury', 'treasury', '*', [today])];
}

/** One job a contract and window; one guess for all of them as long as nobody knows which contracts there are. */
function optionBars(
  underlying: string,
  { dates }: FetchRequest,
  state: FetchState,
  assume: FetchAssumptions,
): readonly FetchJob[] {
  if (dates.length === 0) return [];
  const contracts = state.contracts(underlying, dates);
  if (contracts === undefined) {
    const count = assume.contractsPerUnderlying + (dates.length - 1) * assume.newContractsPerDay;
    const calls = count * Math.ceil(dates.length / OPTION_SESSIONS_A_CALL);
    return [{ what: 'option-aggs', step: 'option-aggs', symbol: underlying, dates, calls, basis: 'assumed' }];
  }
  return contracts.flatMap((contract) => {
    const { expiry } = parseOptionSymbol(contract);
    const pending = dates.filter((date) => date <= expiry && !state.isDone('option-aggs', contract, date));
    return windows(dates, pending, OPTION_SESSIONS_A_CALL).map((days) =>
      certain('option-aggs', 'option-aggs', contract, days),
    );
  });
}

/** The wanted days in runs that one call reaches: no more than `most` sessions from the first to the last of a run. */
function windows(
  sessions: readonly MarketDate[],
  wanted: readonly MarketDate[],
  most: number,
): readonly (readonly MarketDate[])[] {
  const place = new Map(sessions.map((date, index) => [date, index]));
  const runs: MarketDate[][] = [];
  let begins = 0;
  for (const date of wanted) {
    const at = place.get(date) ?? 0;
    const run = runs.at(-1);
    if (run && at - begins < most) run.push(date);
    else {
      runs.push([date]);
      begins = at;
    }
  }
  return runs;
}
