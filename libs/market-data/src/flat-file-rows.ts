import { MICROS_PER_MINUTE, type Micros, isTradingError, micros, microsFromNanosText } from '@trading-agent/core';
import type { Bar, Quote, Ticker, Trade } from '@trading-agent/instruments';
import type { CsvColumns, CsvFields, RowProblem } from './csv-rows.ts';

/** The instants that a day's file may speak of: `[from, to)`. */
export interface DaySpan {
  readonly from: Micros;
  readonly to: Micros;
}

/** Columns in the order in which the readers below take the fields. The first is always the ticker. */
export const QUOTE_COLUMNS: CsvColumns = {
  required: ['ticker', 'bid_price', 'bid_size', 'ask_price', 'ask_size', 'sip_timestamp'],
};
/** Index files have no volume. */
export const BAR_COLUMNS: CsvColumns = {
  required: ['ticker', 'open', 'high', 'low', 'close', 'window_start'],
  optional: ['volume'],
};
export const TRADE_COLUMNS: CsvColumns = {
  required: ['ticker', 'price', 'size', 'sip_timestamp'],
  optional: ['correction'],
};

/**
 * One quote row. A blank price is a side that is not quoted, and so is a zero (the feed's way of saying "no bid"); a blank size is zero.
 * Crossed sides (bid above ask) are a problem, locked ones are not.
 */
export function quoteRow(fields: CsvFields, symbol: Ticker, span: DaySpan): Quote | RowProblem {
  const [, bidPrice = '', bidSize = '', askPrice = '', askSize = '', stamp = ''] = fields;
  const bid = bidPrice === '' ? 0 : amount(bidPrice);
  const ask = askPrice === '' ? 0 : amount(askPrice);
  const bidDepth = bidSize === '' ? 0 : amount(bidSize);
  const askDepth = askSize === '' ? 0 : amount(askSize);
  if (!(bid >= 0)) return badNumber('bid_price', bidPrice);
  if (!(ask >= 0)) return badNumber('ask_price', askPrice);
  if (!(bidDepth >= 0)) return badNumber('bid_size', bidSize);
  if (!(askDepth >= 0)) return badNumber('ask_size', askSize);
  const at = instant('sip_timestamp', stamp, span);
  return typeof at === 'string' ? at : quoteOf(symbol, at, bid, bidDepth, ask, askDepth);
}

/** Numbers that are not negative as a quote: 0 is a side that is not quoted. */
export function quoteOf(
  symbol: Ticker,
  at: Micros,
  bid: number,
  bidSize: number,
  ask: number,
  askSize: number,
): Quote | RowProblem {
  if (bid > ask && ask > 0) return `crossed: bid ${bid} above ask ${ask}`;
  return {
    symbol,
    at,
    bid: bid === 0 ? null : bid,
    bidSize: bid === 0 ? 0 : bidSize,
    ask: ask === 0 ? null : ask,
    askSize: ask === 0 ? 0 : askSize,
  };
}

/** One minute aggregate; it ends, and may be used, 60 s after its `window_start`. */
export function barRow(fields: CsvFields, symbol: Ticker, span: DaySpan): Bar | RowProblem {
  const [, openText = '', highText = '', lowText = '', closeText = '', stamp = '', volumeText = ''] = fields;
  const open = amount(openText);
  const high = amount(highText);
  const low = amount(lowText);
  const close = amount(closeText);
  const volume = volumeText === '' ? 0 : amount(volumeText);
  if (!(open >= 0)) return badNumber('open', openText);
  if (!(high >= 0)) return badNumber('high', highText);
  if (!(low >= 0)) return badNumber('low', lowText);
  if (!(close >= 0)) return badNumber('close', closeText);
  if (!(volume >= 0)) return badNumber('volume', volumeText);
  const start = instant('window_start', stamp, span);
  return typeof start === 'string' ? start : barOf(symbol, start, { open, high, low, close, volume });
}

/** Numbers that are not negative as the bar of the minute that begins at `start`. */
export function barOf(
  symbol: Ticker,
  start: Micros,
  values: Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume'>,
): Bar | RowProblem {
  const { open, high, low, close } = values;
  if (high < Math.max(open, close) || low > Math.min(open, close)) return 'open or close lies outside low to high';
  return { symbol, start, end: micros(start + MICROS_PER_MINUTE), ...values };
}

/** Records of a cancel or an error (SIP correction indicators 10 and 11) name an earlier print; they are no trades themselves. */
export const CANCEL_RECORDS: ReadonlySet<string> = new Set(['10', '11']);

/** One print; `undefined` for a record that only withdraws an earlier one. */
export function tradeRow(fields: CsvFields, symbol: Ticker, span: DaySpan): Trade | RowProblem | undefined {
  const [, priceText = '', sizeText = '', stamp = '', correction = ''] = fields;
  if (CANCEL_RECORDS.has(correction)) return undefined;
  const price = amount(priceText);
  const size = amount(sizeText);
  if (!(price >= 0)) return badNumber('price', priceText);
  if (!(size >= 0)) return badNumber('size', sizeText);
  const at = instant('sip_timestamp', stamp, span);
  return typeof at === 'string' ? at : { symbol, at, price, size };
}

const AMOUNT = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal number; `NaN` for anything else, infinity included. */
function amount(text: string): number {
  if (!AMOUNT.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

function badNumber(column: string, text: string): RowProblem {
  return Number.isNaN(amount(text))
    ? `${column} is not a number: "${text.slice(0, 40)}"`
    : `${column} is negative: ${text.slice(0, 40)}`;
}

function instant(column: string, text: string, span: DaySpan): Micros | RowProblem {
  let at: Micros;
  try {
    at = microsFromNanosText(text);
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return `${column} is not a nanosecond timestamp: "${text.slice(0, 40)}"`;
  }
  return at >= span.from && at < span.to ? at : `${column} ${text} lies outside the day`;
}
