import { MICROS_PER_MINUTE, nanosText } from '@trading-agent/core';
import type { Bar, Quote, Ticker, Trade } from '@trading-agent/instruments';
import type { FeedEvent } from '../stream/feed-event.ts';

/** A row as a flat file has it, and the file it belongs to. */
export interface RecordedRow {
  readonly feed: RecordedFeed;
  readonly text: string;
}

const BARS = 'ticker,volume,open,close,high,low,window_start,transactions';
const QUOTES = 'ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,sequence_number,sip_timestamp';

/** Header and the position of the time among the fields, per feed that is recorded. */
export const RECORDED_FEEDS = {
  'us_options_opra/quotes_v1': { header: QUOTES, time: 8 },
  'us_options_opra/trades_v1': { header: 'ticker,conditions,correction,exchange,price,sip_timestamp,size', time: 5 },
  'us_options_opra/minute_aggs_v1': { header: BARS, time: 6 },
  'us_stocks_sip/quotes_v1': { header: QUOTES, time: 8 },
  'us_stocks_sip/trades_v1': { header: 'ticker,conditions,correction,exchange,price,sip_timestamp,size', time: 5 },
  'us_stocks_sip/minute_aggs_v1': { header: BARS, time: 6 },
  'us_indices/minute_aggs_v1': { header: 'ticker,open,close,high,low,window_start', time: 5 },
} as const;
export type RecordedFeed = keyof typeof RECORDED_FEEDS;

const OPTION = /^[A-Z][A-Z0-9]{0,5}\d{6}[CP]\d{8}$/;

/** The row of an event; `undefined` for what the layout has no file for (second bars, index and fair values, limit bands). */
export function recordedRow(event: FeedEvent): RecordedRow | undefined {
  switch (event.kind) {
    case 'quote':
      return quoteRow(event.quote);
    case 'trade':
      return tradeRow(event.trade);
    case 'bar':
      return barRow(event.bar);
    case 'index-value':
    case 'fair-value':
    case 'limit-band':
    case 'gap':
      return undefined;
  }
}

function quoteRow({ symbol, at, bid, bidSize, ask, askSize }: Quote): RecordedRow | undefined {
  if (symbol.startsWith('I:')) return undefined;
  const sides = `${ask === null ? ',' : `${ask},${askSize}`},,${bid === null ? ',' : `${bid},${bidSize}`}`;
  const feed = isOption(symbol) ? 'us_options_opra/quotes_v1' : 'us_stocks_sip/quotes_v1';
  return { feed, text: `${ticker(symbol)},,${sides},,${nanosText(at)}` };
}

function tradeRow({ symbol, at, price, size }: Trade): RecordedRow | undefined {
  if (symbol.startsWith('I:')) return undefined;
  const feed = isOption(symbol) ? 'us_options_opra/trades_v1' : 'us_stocks_sip/trades_v1';
  return { feed, text: `${ticker(symbol)},,,,${price},${nanosText(at)},${size}` };
}

function barRow({ symbol, start, end, open, high, low, close, volume }: Bar): RecordedRow | undefined {
  if (end - start !== MICROS_PER_MINUTE) return undefined;
  if (symbol.startsWith('I:'))
    return { feed: 'us_indices/minute_aggs_v1', text: `${symbol},${open},${close},${high},${low},${nanosText(start)}` };
  const feed = isOption(symbol) ? 'us_options_opra/minute_aggs_v1' : 'us_stocks_sip/minute_aggs_v1';
  return { feed, text: `${ticker(symbol)},${volume},${open},${close},${high},${low},${nanosText(start)},` };
}

function isOption(symbol: Ticker): boolean {
  return OPTION.test(symbol);
}

function ticker(symbol: Ticker): string {
  return isOption(symbol) ? `O:${symbol}` : symbol;
}
