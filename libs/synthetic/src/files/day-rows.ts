import { nyInstant } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { INDEX_PREFIX } from '../underlyings.ts';
import { type CsvBytes, ascii } from './csv-bytes.ts';
import { type OptionDay, type Print, isSample } from './option-day.ts';

export const HEADERS = {
  bars: 'ticker,volume,open,close,high,low,window_start,transactions\n',
  indices: 'ticker,open,close,high,low,window_start\n',
  quotes: 'ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,sequence_number,sip_timestamp\n',
  trades: 'ticker,conditions,correction,exchange,price,sip_timestamp,size\n',
  openInterest: 'ticker,open_interest\n',
} as const;

/** Microseconds to nanoseconds: three zeros as text, because a double does not hold them. */
const NANOS = ascii('000');
const COMMA_COMMA = ascii(',,');
/** Shares per print of the consolidated tape, about. */
const SHARES_PER_PRINT = 130;

const cents = (dollars: number): number => Math.round(dollars * 100);

/** Open, close, high, low, separated by commas. */
function prices(out: CsvBytes, bar: { open: number; close: number; high: number; low: number }): CsvBytes {
  return out.dollars(bar.open).comma().dollars(bar.close).comma().dollars(bar.high).comma().dollars(bar.low).comma();
}

interface Row {
  volume: number;
  open: number;
  close: number;
  high: number;
  low: number;
  prints: number;
}

/** A row of a bar file; prices in cents. */
function barRow(out: CsvBytes, ticker: Uint8Array, start: number, row: Row): void {
  out.bytes(ticker).comma().whole(row.volume).comma();
  prices(out, row).whole(start).bytes(NANOS).comma().whole(row.prints).line();
}

/** Minute bars of shares. Returns the rows written. */
export function stockRows(out: CsvBytes, bars: readonly Bar[]): number {
  for (const { symbol, start, volume, open, high, low, close } of bars) {
    const prints = Math.max(1, Math.round(volume / SHARES_PER_PRINT));
    const row = { volume, open: cents(open), close: cents(close), high: cents(high), low: cents(low), prints };
    barRow(out, ascii(symbol), start, row);
  }
  return bars.length;
}

/** The day's bar of shares: 1 row, or 0 without bars. */
export function stockDayRow(out: CsvBytes, date: MarketDate, bars: readonly Bar[]): number {
  const first = bars[0];
  if (first === undefined) return 0;
  const row = { volume: 0, open: cents(first.open), close: 0, high: 0, low: Number.MAX_SAFE_INTEGER, prints: 0 };
  for (const { volume, high, low, close } of bars) {
    row.volume += volume;
    row.prints += Math.max(1, Math.round(volume / SHARES_PER_PRINT));
    row.close = cents(close);
    row.high = Math.max(row.high, cents(high));
    row.low = Math.min(row.low, cents(low));
  }
  barRow(out, ascii(first.symbol), nyInstant(date, '00:00'), row);
  return 1;
}

/** Minute values of indexes. */
export function indexRows(out: CsvBytes, bars: readonly Bar[]): number {
  for (const { symbol, start, open, high, low, close } of bars) {
    out.text(symbol.startsWith(INDEX_PREFIX) ? symbol : `${INDEX_PREFIX}${symbol}`).comma();
    const row = { open: cents(open), close: cents(close), high: cents(high), low: cents(low) };
    prices(out, row).whole(start).bytes(NANOS).line();
  }
  return bars.length;
}

/** Quotes of every contract at its sampled minutes, those that differ from the one before. `ends`: end of each minute. */
export function quoteRows(out: CsvBytes, day: OptionDay, ends: readonly number[]): number {
  const { contracts, byTicker, minutes, bid, ask, bidSize, askSize, sampleEvery } = day;
  const count = contracts.length;
  let rows = 0;
  for (const place of byTicker) {
    const ticker = ascii(`O:${contracts[place]?.symbol ?? ''}`);
    const every = sampleEvery[place] ?? 1;
    let before = -1;
    for (let minute = 0; minute < minutes; minute += 1) {
      if (!isSample(minute, every, minutes)) continue;
      const cell = minute * count + place;
      const [b, a, bs, as] = [bid[cell] ?? 0, ask[cell] ?? 0, bidSize[cell] ?? 0, askSize[cell] ?? 0];
      if (before >= 0 && b === bid[before] && a === ask[before] && bs === bidSize[before] && as === askSize[before])
        continue;
      before = cell;
      rows += 1;
      out.bytes(ticker).bytes(COMMA_COMMA).dollars(a).comma().whole(as).bytes(COMMA_COMMA);
      // A side that nobody quotes is blank.
      if (b > 0) out.dollars(b).comma().whole(bs);
      else out.comma();
      out
        .bytes(COMMA_COMMA)
        .whole(ends[minute] ?? 0)
        .bytes(NANOS)
        .line();
    }
  }
  return rows;
}

/** Where the prints of a day go; a part that is not wanted is absent. */
export interface PrintSinks {
  readonly trades?: CsvBytes;
  readonly minutes?: CsvBytes;
  readonly days?: CsvBytes;
}

/** Prints, and the minute and day bars that they make. Returns the rows of each. */
export function printRows(
  sinks: PrintSinks,
  day: OptionDay,
  date: MarketDate,
  starts: readonly number[],
): { trades: number; minutes: number; days: number } {
  const rows = { trades: 0, minutes: 0, days: 0 };
  const midnight = nyInstant(date, '00:00');
  for (const place of day.byTicker) {
    const prints = day.prints(place);
    if (prints.length === 0) continue;
    const ticker = ascii(`O:${day.contracts[place]?.symbol ?? ''}`);
    if (sinks.trades !== undefined) {
      for (const { at, cents: price, size } of prints) {
        sinks.trades.bytes(ticker).text(',209,0,300,').dollars(price).comma();
        sinks.trades.whole(at).bytes(NANOS).comma().whole(size).line();
      }
      rows.trades += prints.length;
    }
    if (sinks.minutes !== undefined) {
      for (let from = 0; from < prints.length;) {
        const minute = prints[from]?.minute ?? 0;
        let to = from + 1;
        while (prints[to]?.minute === minute) to += 1;
        barRow(sinks.minutes, ticker, starts[minute] ?? 0, barOf(prints, from, to));
        rows.minutes += 1;
        from = to;
      }
    }
    if (sinks.days === undefined) continue;
    barRow(sinks.days, ticker, midnight, barOf(prints, 0, prints.length));
    rows.days += 1;
  }
  return rows;
}

function barOf(prints: readonly Print[], from: number, to: number): Row {
  const first = prints[from]?.cents ?? 0;
  const row = { volume: 0, open: first, close: first, high: first, low: first, prints: to - from };
  for (let index = from; index < to; index += 1) {
    const { cents: price, size } = prints[index] ?? { cents: first, size: 0 };
    row.volume += size;
    row.close = price;
    row.high = Math.max(row.high, price);
    row.low = Math.min(row.low, price);
  }
  return row;
}

/** Contracts outstanding before the session. */
export function openInterestRows(out: CsvBytes, day: OptionDay): number {
  for (const place of day.byTicker) {
    out.text(`O:${day.contracts[place]?.symbol ?? ''}`).comma();
    out.whole(day.activity[place]?.openInterest ?? 0).line();
  }
  return day.byTicker.length;
}
