import { nyDate } from '@trading-agent/calendar';
import { type MarketDate, nanosText } from '@trading-agent/core';
import type { DetailedBar } from '../reference/bars.ts';
import type { OptionSnapshot } from '../reference/snapshots.ts';
import type { QuoteTick, TradeTick } from '../reference/ticks.ts';

/** Header and the position of the time among the fields, by feed. Several conditions stand quoted with commas: they come last. */
const BARS = { header: 'ticker,volume,open,close,high,low,window_start,transactions', time: 6, lastWins: true };
const INDEX_BARS = { header: 'ticker,open,close,high,low,window_start', time: 5, lastWins: true };
const TRADES = {
  header: 'ticker,price,size,sip_timestamp,participant_timestamp,exchange,sequence_number,id,correction,conditions',
  time: 3,
  lastWins: false,
};
const QUOTES = {
  header:
    'ticker,bid_price,bid_size,bid_exchange,ask_price,ask_size,ask_exchange,sip_timestamp,sequence_number,conditions',
  time: 7,
  lastWins: false,
};

export const FETCHED_FEEDS = {
  'us_stocks_sip/minute_aggs_v1': BARS,
  'us_stocks_sip/day_aggs_v1': BARS,
  'us_indices/minute_aggs_v1': INDEX_BARS,
  'us_indices/day_aggs_v1': INDEX_BARS,
  'us_options_opra/minute_aggs_v1': BARS,
  'us_stocks_sip/trades_v1': TRADES,
  'us_stocks_sip/quotes_v1': QUOTES,
  /** One quote a contract and look: what a chain showed when it was asked for. On closed days it shows the same quotes again. */
  'us_options_opra/quotes_v1_snapshots': { ...QUOTES, lastWins: true },
} as const;
export type FetchedFeed = keyof typeof FETCHED_FEEDS;
export const FETCHED_FEED_NAMES = Object.keys(FETCHED_FEEDS) as FetchedFeed[];

/** The feed that bars of a symbol belong to. */
export function barFeed(symbol: string, kind: 'minute' | 'day', isOption = false): FetchedFeed {
  if (isOption) return 'us_options_opra/minute_aggs_v1';
  return symbol.startsWith('I:') ? `us_indices/${kind}_aggs_v1` : `us_stocks_sip/${kind}_aggs_v1`;
}

/** Rows by the market date they belong to. */
export type RowsByDay = ReadonlyMap<MarketDate, readonly string[]>;

export function barRows(bars: readonly DetailedBar[], feed: FetchedFeed): RowsByDay {
  const isIndex = feed.startsWith('us_indices/');
  const ticker = feed.startsWith('us_options_opra/') ? 'O:' : '';
  return byDay(bars, ({ symbol, start, open, close, high, low, volume, trades }) => [
    nyDate(start),
    isIndex
      ? `${symbol},${open},${close},${high},${low},${nanosText(start)}`
      : `${ticker}${symbol},${volume},${open},${close},${high},${low},${nanosText(start)},${trades ?? ''}`,
  ]);
}

export function tradeRows(trades: readonly TradeTick[]): readonly string[] {
  return trades.map(
    ({ symbol, price, size, nanos, participantNanos, exchange, sequence, id, correction, conditions }) =>
      `${symbol},${price},${size},${nanos},${participantNanos ?? ''},${exchange ?? ''},${sequence ?? ''},${quoted(id ?? '')},${correction ?? ''},${quoted(conditions.join(','))}`,
  );
}

export function quoteRows(quotes: readonly QuoteTick[]): readonly string[] {
  return quotes.map(
    ({ symbol, bid, bidSize, bidExchange, ask, askSize, askExchange, nanos, sequence, conditions }) =>
      `${symbol},${side(bid, bidSize)},${bidExchange ?? ''},${side(ask, askSize)},${askExchange ?? ''},${nanos},${sequence ?? ''},${quoted(conditions.join(','))}`,
  );
}

/** Contracts that nobody quotes have no row. */
export function snapshotRows(chain: readonly OptionSnapshot[]): RowsByDay {
  const quoted = chain.flatMap(({ contract, quote }) => (quote ? [{ contract, quote }] : []));
  return byDay(quoted, ({ contract, quote: { at, bid, bidSize, ask, askSize } }) => [
    nyDate(at),
    `O:${contract.symbol},${side(bid, bidSize)},,${side(ask, askSize)},,${nanosText(at)},,`,
  ]);
}

function side(price: number | null, size: number): string {
  return price === null ? ',' : `${price},${size}`;
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function byDay<T>(all: readonly T[], rowOf: (one: T) => readonly [MarketDate, string]): RowsByDay {
  const days = new Map<MarketDate, string[]>();
  for (const one of all) {
    const [date, row] = rowOf(one);
    const rows = days.get(date);
    if (rows) rows.push(row);
    else days.set(date, [row]);
  }
  return days;
}
