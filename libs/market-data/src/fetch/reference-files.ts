import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, formatRfc3339 } from '@trading-agent/core';
import { FETCHED_FILE, readFetchedRanges } from '../known-reference/fetched-ranges.ts';
import {
  ALL,
  CORPORATE_ACTIONS,
  type FetchedKind,
  type FetchedRange,
  type FetchedRanges,
} from '../known-reference/known-reference.ts';
import { YIELD_COLUMNS, readTreasuryYields } from '../known-reference/treasury-file.ts';
import { writeDurably } from '../lake/durable-file.ts';
import type { ListedContract } from '../reference/contracts.ts';
import type { Dividend, Split, TreasuryYields } from '../reference/corporate-actions.ts';
import type { NewsArticle } from '../reference/news.ts';
import type { OptionSnapshot } from '../reference/snapshots.ts';

const FETCHED_YIELDS = 'us_treasury_par_yields_fetched.csv';

/** The reference data of a lake that were fetched, each file written whole: the layout that `openKnownReference` reads. */
export class ReferenceFolderWriter {
  readonly #dir: string;

  constructor(lakeDir: string) {
    this.#dir = join(lakeDir, 'reference');
  }

  /** What the files of `symbol` (`*` for curves) reach. */
  range(kind: FetchedKind, symbol: string): FetchedRange | undefined {
    return readFetchedRanges(this.#dir)?.[kind][symbol];
  }

  /** In place of what was there of the symbol: the range holds all of it. */
  dividends(symbol: string, dividends: readonly Dividend[], range: FetchedRange): void {
    const rows = dividends.map(
      ({ id, amount, currency, kind, exDate, declared, recorded, paid, frequency }) =>
        [symbol, exDate, amount, currency, kind, declared, recorded, paid, frequency, id] as const,
    );
    const header =
      'ticker,ex_dividend_date,cash_amount,currency,kind,declaration_date,record_date,pay_date,frequency,id';
    this.#write(join(CORPORATE_ACTIONS, `dividends_${encodeURIComponent(symbol)}.csv`), header, rows);
    this.#note('dividends', symbol, range);
  }

  splits(symbol: string, splits: readonly Split[], range: FetchedRange): void {
    const rows = splits.map(({ date, from, to }) => [symbol, date, from, to] as const);
    const name = join(CORPORATE_ACTIONS, `splits_${encodeURIComponent(symbol)}.csv`);
    this.#write(name, 'ticker,execution_date,split_from,split_to', rows);
    this.#note('splits', symbol, range);
  }

  /** Beside the curves that were there. */
  async curves(curves: readonly TreasuryYields[], range: FetchedRange): Promise<void> {
    const file = join(this.#dir, FETCHED_YIELDS);
    const known = existsSync(file) ? await readTreasuryYields(file) : [];
    const byDay = new Map([...known, ...curves].map((curve) => [curve.date, curve]));
    const rows = [...byDay.values()]
      .sort((a, b) => (a.date < b.date ? -1 : 1))
      .map(({ date, yields }) => [date, ...YIELD_COLUMNS.map(([, tenor]) => percent(yields[tenor]))]);
    this.#write(FETCHED_YIELDS, ['date', ...YIELD_COLUMNS.map(([name]) => name)].join(','), rows);
    this.#note('curves', ALL, range);
  }

  contracts(underlying: string, date: MarketDate, listed: readonly ListedContract[]): void {
    const rows = listed.map(
      ({ contract: { symbol, style, multiplier }, exchange, cfi, deliverables }) =>
        [`O:${symbol}`, bare(underlying), style, multiplier, exchange, cfi, deliverables.length] as const,
    );
    const header =
      'ticker,underlying_ticker,exercise_style,shares_per_contract,primary_exchange,cfi,extra_deliverables';
    this.#write(contractFile(underlying, date), header, rows);
  }

  /** Symbols (without prefix) of every contract that the listings of these days name; `undefined` when one is not there. */
  listed(underlying: string, dates: readonly MarketDate[]): readonly string[] | undefined {
    const symbols = new Set<string>();
    for (const date of dates) {
      const file = join(this.#dir, contractFile(underlying, date));
      if (!existsSync(file)) return undefined;
      for (const line of readFileSync(file, 'utf8').split('\n').slice(1))
        if (line.startsWith('O:')) symbols.add(line.slice(2, line.indexOf(',')));
    }
    return [...symbols].sort();
  }

  /** What a chain showed besides its quotes, in the form that `agent data verify --chains` reads. */
  chain(underlying: string, date: MarketDate, chain: readonly OptionSnapshot[]): void {
    const rows = chain.map(
      ({ contract, quote, openInterest, impliedVolatility, underlyingPrice, day, dayDate, greeks }) =>
        [
          date,
          `O:${contract.symbol}`,
          bare(underlying),
          quote?.bid,
          quote?.ask,
          dayDate === date ? day?.volume : null,
          openInterest,
          underlyingPrice,
          impliedVolatility,
          greeks?.delta,
          greeks?.gamma,
          greeks?.theta,
          greeks?.vega,
        ] as const,
    );
    const header =
      'date,ticker,underlying,bid,ask,volume,open_interest,underlying_close,implied_volatility,delta,gamma,theta,vega';
    this.#write(join('chains', `${encodeURIComponent(underlying)}_${date}.csv`), header, rows);
  }

  /** One JSON line an article, oldest first, beside those that were there. */
  news(symbol: string, articles: readonly NewsArticle[]): void {
    const file = join(this.#dir, 'news', `${encodeURIComponent(symbol)}.jsonl`);
    const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    const lines = new Map<string, string>();
    for (const line of before) if (line !== '') lines.set(`${member(line, 'at')} ${member(line, 'id')}`, line);
    for (const article of articles) {
      const at = formatRfc3339(article.at);
      lines.set(`${at} ${article.id}`, JSON.stringify({ ...article, at }));
    }
    const ordered = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
    writeDurably(file, ordered.length === 0 ? '' : `${ordered.join('\n')}\n`);
  }

  #write(name: string, header: string, rows: readonly (readonly Cell[])[]): void {
    writeDurably(join(this.#dir, name), `${[header, ...rows.map((row) => row.map(cell).join(','))].join('\n')}\n`);
  }

  /** After the file itself: what is noted is there. */
  #note(kind: FetchedKind, symbol: string, range: FetchedRange): void {
    const known: FetchedRanges = readFetchedRanges(this.#dir) ?? { dividends: {}, splits: {}, curves: {} };
    const ranges = Object.entries({ ...known[kind], [symbol]: range }).sort(([a], [b]) => (a < b ? -1 : 1));
    const all = { ...known, [kind]: Object.fromEntries(ranges) };
    writeDurably(join(this.#dir, FETCHED_FILE), `${JSON.stringify(all, null, 2)}\n`);
  }
}

type Cell = string | number | null | undefined;

function cell(value: Cell): string {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Yields are published in hundredths of a percent: what dividing by a hundred has added to their digits is cut off. */
function percent(value: number | undefined): string {
  return value === undefined ? '' : String(Math.round(value * 1e10) / 1e8);
}

/** Listings name an index without its prefix. */
function bare(underlying: string): string {
  return underlying.replace(/^I:/, '');
}

function contractFile(underlying: string, date: MarketDate): string {
  return join('contracts', encodeURIComponent(underlying), `${date}.csv`);
}

function member(line: string, name: string): string {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? String(Reflect.get(value, name)) : '';
}
