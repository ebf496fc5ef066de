import { type MarketDate, type Micros, micros } from '@trading-agent/core';
import {
  type Bar,
  type OptionContract,
  type Quote,
  type Ticker,
  type Trade,
  optionContract,
} from '@trading-agent/instruments';
import type { RowProblem } from './csv-rows.ts';
import { CANCEL_RECORDS, barOf, quoteOf } from './flat-file-rows.ts';
import type { Lake } from './lake/lake.ts';
import type { LakeQuery, LakeTable } from './lake/table.ts';
import type { Quarantine } from './quarantine.ts';

/** A day of one feed of a lake as quotes, bars and trades, by the rules that the rows of flat files are read by. */
export class LakeDay {
  readonly #lake: Lake;
  readonly #date: MarketDate;
  readonly #quarantine: Quarantine;

  constructor(lake: Lake, date: MarketDate, quarantine: Quarantine) {
    this.#lake = lake;
    this.#date = date;
    this.#quarantine = quarantine;
  }

  /** Underlyings of which the feed has a row that day; `undefined` when it has no file. */
  underlyings(feed: string): readonly string[] | undefined {
    return this.#lake.manifest(feed, this.#date)?.underlyings;
  }

  quotes(feed: string, wanted: Wanted, meet: Meet, take: (quote: Quote) => void): void {
    const table = this.#read(feed, wanted, ['bid_price', 'bid_size', 'ask_price', 'ask_size', 'sip_timestamp']);
    const [bid, bidSize, ask, askSize] = ['bid_price', 'bid_size', 'ask_price', 'ask_size'].map((name) =>
      table.f64(name),
    );
    const at = table.micros('sip_timestamp');
    this.#each(feed, table, meet, (symbol, row) => {
      const values = [bid, bidSize, ask, askSize].map((column) => zeroIfBlank(column?.[row]));
      const [b = 0, bs = 0, a = 0, as = 0] = values;
      if (values.some((value) => value < 0)) return `a price or size is negative: ${values.join(' ')}`;
      const quote = quoteOf(symbol, micros(at[row] ?? 0), b, bs, a, as);
      if (typeof quote === 'string') return quote;
      take(quote);
      return undefined;
    });
  }

  bars(feed: string, wanted: Wanted, meet: Meet, take: (bar: Bar) => void): void {
    const table = this.#read(feed, wanted, ['open', 'high', 'low', 'close', 'volume', 'window_start']);
    const column = (name: string): Float64Array | undefined =>
      table.columnNames.includes(name) ? table.f64(name) : undefined;
    const [open, high, low, close, volume] = ['open', 'high', 'low', 'close', 'volume'].map(column);
    const start = table.micros('window_start');
    this.#each(feed, table, meet, (symbol, row) => {
      const values = {
        open: open?.[row] ?? Number.NaN,
        high: high?.[row] ?? Number.NaN,
        low: low?.[row] ?? Number.NaN,
        close: close?.[row] ?? Number.NaN,
        volume: zeroIfBlank(volume?.[row]),
      };
      if (!Object.values(values).every((value) => value >= 0)) return 'a price or the volume is negative or blank';
      const bar = barOf(symbol, micros(start[row] ?? 0), values);
      if (typeof bar === 'string') return bar;
      take(bar);
      return undefined;
    });
  }

  trades(feed: string, wanted: Wanted, meet: Meet, take: (trade: Trade) => void): void {
    const table = this.#read(feed, wanted, ['price', 'size', 'sip_timestamp', 'correction']);
    const [price, size] = [table.f64('price'), table.f64('size')];
    const correction = table.columnNames.includes('correction') ? table.i32('correction') : undefined;
    const at = table.micros('sip_timestamp');
    this.#each(feed, table, meet, (symbol, row) => {
      if (CANCEL_RECORDS.has(String(correction?.[row] ?? ''))) return undefined;
      const trade = { symbol, at: instantOf(at, row), price: price[row] ?? Number.NaN, size: size[row] ?? Number.NaN };
      if (!(trade.price >= 0 && trade.size >= 0)) return 'price or size is negative or blank';
      take(trade);
      return undefined;
    });
  }

  /** Those of `columns` that the day has. */
  #read(feed: string, wanted: Wanted, columns: readonly string[]): LakeTable {
    const known = new Set(this.#lake.manifest(feed, this.#date)?.columns.map(({ name }) => name));
    const wantedColumns = columns.filter((name) => known.has(name));
    return this.#lake.read({ feed, date: this.#date, ...wanted, columns: wantedColumns, times: 'micros' });
  }

  #each(
    feed: string,
    table: LakeTable,
    meet: Meet,
    row: (symbol: Ticker, row: number) => RowProblem | undefined,
  ): void {
    const file = this.#lake.manifest(feed, this.#date)?.cache.file ?? feed;
    for (const { file: source, line, reason, text } of this.#lake
      .quarantined(feed, this.#date)
      .map((bad) => ({ file: `${feed} ${this.#date}`, ...bad })))
      this.#quarantine.add(source, line, reason, text);
    for (const [run, index] of table.runTicker.entries()) {
      const ticker = table.tickers[index] ?? '';
      const symbol = meet(ticker);
      for (let at = table.runStart[run] ?? 0; at < (table.runStart[run + 1] ?? table.rows); at++) {
        const problem = row(symbol, at);
        if (problem !== undefined) this.#quarantine.add(file, at + 1, problem, ticker);
      }
    }
  }
}

/** Of which rows are wanted. */
export type Wanted = Pick<LakeQuery, 'underlyings' | 'tickers'>;
/** Takes note of a ticker of the feed and gives the name that it has inside the project. */
export type Meet = (ticker: Ticker) => Ticker;

/** Notes the contracts that are met. */
export function meetContracts(contracts: Map<Ticker, OptionContract>): Meet {
  return (ticker) => {
    const contract = optionContract(ticker);
    contracts.set(contract.symbol, contract);
    return contract.symbol;
  };
}

function zeroIfBlank(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

function instantOf(column: Float64Array, row: number): Micros {
  return micros(column[row] ?? 0);
}
