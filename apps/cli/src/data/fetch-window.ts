import { latestSession, nyDate, previousSession } from '@trading-agent/calendar';
import { type MarketDate, type Micros, addDays } from '@trading-agent/core';
import { FETCHABLE, type Fetchable } from '@trading-agent/market-data';
import { InvalidArgumentError } from 'commander';
import { usage } from '../usage.ts';

/** Days of a plan or a fetch. */
export interface FetchWindow {
  /** Sessions of days that are over, oldest first. */
  readonly dates: readonly MarketDate[];
  /** In New York, now. */
  readonly today: MarketDate;
}

/**
 * The last `count` sessions of days that are over: after the close there are bars until 20:00, news until midnight, and a delayed plan has the close
 * itself later. A day that was fetched before its end would count as fetched.
 * @throws {TradingError} `USAGE` when `until` is not over yet.
 */
export function fetchWindow(now: Micros, count: number, until?: MarketDate): FetchWindow {
  const today = nyDate(now);
  const finished = latestSession(addDays(today, -1));
  if (until !== undefined && until > finished)
    throw usage(`--until ${until} is not over yet`, `The latest session whose day is over in New York is ${finished}.`);
  const dates: MarketDate[] = [];
  for (let date = latestSession(until ?? finished); dates.length < count; date = previousSession(date))
    dates.unshift(date);
  return { dates, today };
}

export function whatFlag(text: string): readonly Fetchable[] {
  return text.split(',').map((part) => {
    const found = FETCHABLE.find((one) => one === part.trim());
    if (!found) throw new InvalidArgumentError(`Allowed: ${FETCHABLE.join(', ')}.`);
    return found;
  });
}

/** Stocks such as `SPY`, indices such as `I:SPX`; upper case, each once. */
export function underlyingsFlag(text: string): readonly string[] {
  const list = [...new Set(text.split(',').map((part) => part.trim().toUpperCase()))].filter((part) => part !== '');
  const wrong = list.find((part) => !/^(I:)?[A-Z][A-Z0-9.]{0,9}$/.test(part));
  if (list.length === 0 || wrong !== undefined)
    throw new InvalidArgumentError('Expected underlyings such as SPY,QQQ,I:SPX.');
  return list;
}
