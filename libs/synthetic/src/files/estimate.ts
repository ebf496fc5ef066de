import { type MarketDate, daysBetween } from '@trading-agent/core';
import type { SyntheticMarket } from '../synthetic-market.ts';
import { VOLATILITY_INDEX } from '../underlyings.ts';
import type { FilesPlan } from './files-plan.ts';

/** What a request will come to, about. */
export interface FilesEstimate {
  readonly days: number;
  readonly rows: number;
  readonly bytes: number;
}

const MINUTES = 390;
/** Part of the samples in which a quote differs from the one before, and compressed bytes per row, as generated days have them. */
const CHANGED = 0.8;
const NEAR_SHARE = 0.7;
const BYTES = { quote: 11, stockBar: 18, optionBar: 11, print: 15, openInterest: 6 };
const PRINTS_PER_CONTRACT = 60;
const BARS_PER_CONTRACT = 50;

/** From the chains of the range's middle day; right to about a third. */
export function estimateFiles(market: SyntheticMarket, plan: FilesPlan, dates: readonly MarketDate[]): FilesEstimate {
  const middle = dates[Math.floor(dates.length / 2)];
  if (middle === undefined) return { days: 0, rows: 0, bytes: 0 };
  const { every, nearEvery, nearDays, nearDeviations, expiryDays } = plan.sampling;
  const has = (part: FilesPlan['parts'][number]): number => (plan.parts.includes(part) ? 1 : 0);
  let rows = 0;
  let bytes = 0;
  const add = (count: number, each: number): void => {
    rows += count;
    bytes += count * each;
  };
  for (const symbol of plan.symbols) {
    const indexed = symbol === VOLATILITY_INDEX;
    add(MINUTES * (indexed ? has('indices') : Math.max(has('stocks'), has('indices'))), BYTES.stockBar);
    if (indexed) continue;
    const chain = market.contracts(market.session(symbol, middle), expiryDays);
    const near = chain.filter(({ expiry }) => daysBetween(middle, expiry) <= nearDays).length;
    const close = near * Math.min(1, (NEAR_SHARE * nearDeviations) / 2);
    const samples = (close * MINUTES) / nearEvery + ((chain.length - close) * MINUTES) / every;
    add(has('quotes') * CHANGED * samples, BYTES.quote);
    add(has('option-bars') * BARS_PER_CONTRACT * chain.length, BYTES.optionBar);
    add(has('trades') * PRINTS_PER_CONTRACT * chain.length, BYTES.print);
    add(has('open-interest') * chain.length, BYTES.openInterest);
  }
  return { days: dates.length, rows: Math.round(rows * dates.length), bytes: Math.round(bytes * dates.length) };
}
