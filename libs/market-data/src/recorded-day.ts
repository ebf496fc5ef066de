import { nyInstant, previousSession, requireSession } from '@trading-agent/calendar';
import { type MarketDate, TradingError, addDays, daysBetween, isTradingError } from '@trading-agent/core';
import {
  type Bar,
  type OptionContract,
  type Ticker,
  compareContracts,
  optionContract,
  parseOptionSymbol,
  rootInfo,
} from '@trading-agent/instruments';
import { type CsvColumns, type CsvFields, type RowProblem, readCsv } from './csv-rows.ts';
import {
  INDEX_BARS,
  OPTION_BARS,
  OPTION_QUOTES,
  OPTION_TRADES,
  STOCK_BARS,
  assertDataFolder,
  dayFile,
  daysPresent,
} from './flat-file-layout.ts';
import {
  BAR_COLUMNS,
  type DaySpan,
  QUOTE_COLUMNS,
  TRADE_COLUMNS,
  barRow,
  quoteRow,
  tradeRow,
} from './flat-file-rows.ts';
import { LakeDay, meetContracts } from './lake-day.ts';
import { type Lake, lakeAt } from './lake/lake.ts';
import type { MarketDay } from './market-day.ts';
import { Quarantine } from './quarantine.ts';
import { StepBuilder, bySymbol } from './step-builder.ts';

export interface RecordedDayRequest {
  /** A lake, or a folder in the Massive flat-file layout (`us_options_opra/quotes_v1/2015/12/2015-12-24.csv.gz`, ...). */
  readonly dataDir: string;
  readonly date: MarketDate;
  /** Tickers of stocks or, for index options, of indexes without prefix (`SPX`). */
  readonly underlyings: readonly string[];
}

/**
 * One recorded day of `underlyings`: option quotes (`quotes_v1`, or `quotes_v1_1min_samples` where that is absent), option minute bars,
 * option trades when there are any, minute bars of the underlyings (stocks; indexes as `I:SPX`), and as history their minute bars of
 * the session before. Rows that can't be read are quarantined and the rest is used. Files are streamed: memory grows with the rows of
 * `underlyings`, not with the files.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `NOT_A_SESSION`, `DATA_DAY_MISSING`, `UNKNOWN_SYMBOL`, `DATA_FILE_BROKEN` (file, line),
 * `INVALID_VALUE` when no underlying is asked for.
 */
export async function loadRecordedDay(request: RecordedDayRequest): Promise<MarketDay> {
  const { dataDir, date } = request;
  const underlyings = [...new Set(request.underlyings)].sort();
  if (underlyings.length === 0) throw new TradingError('INVALID_VALUE', 'Expected at least one underlying, got none');
  assertDataFolder(dataDir);
  requireSession(date);
  const lake = lakeAt(dataDir);
  if (lake) return loadLakeDay(lake, date, underlyings);

  const reader = new DayReader(date, underlyings);
  const optionQuotes = OPTION_QUOTES.map((feed) => dayFile(dataDir, feed, date)).find((file) => file !== undefined);
  const optionBars = dayFile(dataDir, OPTION_BARS, date);
  const optionTrades = dayFile(dataDir, OPTION_TRADES, date);
  if (optionQuotes === undefined && optionBars === undefined && optionTrades === undefined)
    throw dayMissing(dataDir, date, (feed) => daysPresent(dataDir, feed));

  const steps = new StepBuilder();
  const { quarantine } = reader;
  if (optionQuotes !== undefined) {
    await reader.options(optionQuotes, QUOTE_COLUMNS, (fields, symbol, span) => {
      const quote = quoteRow(fields, symbol, span);
      if (typeof quote === 'string') return quote;
      steps.quote(quote);
      return undefined;
    });
  }
  if (optionBars !== undefined) {
    await reader.options(optionBars, BAR_COLUMNS, (fields, symbol, span) => {
      const bar = barRow(fields, symbol, span);
      if (typeof bar === 'string') return bar;
      steps.bar(bar);
      return undefined;
    });
  }
  if (optionTrades !== undefined) {
    await reader.options(optionTrades, TRADE_COLUMNS, (fields, symbol, span) => {
      const trade = tradeRow(fields, symbol, span);
      if (typeof trade === 'string') return trade;
      if (trade) steps.trade(trade);
      return undefined;
    });
  }
  await readUnderlyingBars(reader, dataDir, date, (bar) => steps.bar(bar));
  reader.assertAllSeen();

  const history: Bar[] = [];
  const before = new DayReader(previousSession(date), underlyings, quarantine);
  await readUnderlyingBars(before, dataDir, before.date, (bar) => history.push(bar));
  history.sort((a, b) => a.start - b.start || bySymbol(a, b));

  return {
    date,
    underlyings,
    contracts: reader.contracts(),
    steps: steps.build(),
    history,
    quarantined: quarantine.rows,
    quarantinedTotal: quarantine.total,
  };
}

/** The same day out of a lake: columns of the wanted underlyings instead of whole files. */
function loadLakeDay(lake: Lake, date: MarketDate, underlyings: readonly string[]): MarketDay {
  const quarantine = new Quarantine();
  const day = new LakeDay(lake, date, quarantine);
  const quotes = OPTION_QUOTES.find((feed) => day.underlyings(feed) !== undefined);
  const feeds = [quotes, OPTION_BARS, OPTION_TRADES].filter(
    (feed) => feed !== undefined && day.underlyings(feed) !== undefined,
  );
  if (feeds.length === 0) throw dayMissing(lake.dir, date, (feed) => lake.days(feed));
  const wanted = { underlyings };
  const contracts = new Map<Ticker, OptionContract>();
  const steps = new StepBuilder();
  const meet = meetContracts(contracts);
  if (quotes !== undefined) day.quotes(quotes, wanted, meet, (quote) => steps.quote(quote));
  if (feeds.includes(OPTION_BARS)) day.bars(OPTION_BARS, wanted, meet, (bar) => steps.bar(bar));
  if (feeds.includes(OPTION_TRADES)) day.trades(OPTION_TRADES, wanted, meet, (trade) => steps.trade(trade));
  const ofUnderlyings = (from: LakeDay, take: (bar: Bar) => void): readonly string[] =>
    [STOCK_BARS, INDEX_BARS].flatMap((feed) => {
      const present = from.underlyings(feed);
      if (present) from.bars(feed, wanted, (ticker) => ticker, take);
      return present ?? [];
    });
  const seen = new Set(feeds.flatMap((feed) => (feed === undefined ? [] : (day.underlyings(feed) ?? []))));
  for (const underlying of ofUnderlyings(day, (bar) => steps.bar(bar))) seen.add(underlying);
  assertAllSeen(date, new Set(underlyings), seen);
  const history: Bar[] = [];
  ofUnderlyings(new LakeDay(lake, previousSession(date), quarantine), (bar) => history.push(bar));
  history.sort((a, b) => a.start - b.start || bySymbol(a, b));
  return {
    date,
    underlyings,
    contracts: [...contracts.values()].sort(compareContracts),
    steps: steps.build(),
    history,
    quarantined: quarantine.rows,
    quarantinedTotal: quarantine.total,
  };
}

async function readUnderlyingBars(
  reader: DayReader,
  dataDir: string,
  date: MarketDate,
  take: (bar: Bar) => void,
): Promise<void> {
  for (const feed of [STOCK_BARS, INDEX_BARS]) {
    const file = dayFile(dataDir, feed, date);
    if (file === undefined) continue;
    await reader.underlyings(file, BAR_COLUMNS, (fields, symbol, span) => {
      const bar = barRow(fields, symbol, span);
      if (typeof bar === 'string') return bar;
      take(bar);
      return undefined;
    });
  }
}

type TakeRow = (fields: CsvFields, symbol: Ticker, span: DaySpan) => RowProblem | undefined;

/** Reads the files of one day, keeps the rows of the wanted underlyings and remembers what it met. */
class DayReader {
  readonly date: MarketDate;
  readonly quarantine: Quarantine;
  readonly #wanted: ReadonlySet<string>;
  readonly #span: DaySpan;
  readonly #contracts = new Map<Ticker, OptionContract>();
  readonly #seen = new Set<string>();

  constructor(date: MarketDate, underlyings: readonly string[], quarantine = new Quarantine()) {
    this.date = date;
    this.quarantine = quarantine;
    this.#wanted = new Set(underlyings);
    this.#span = { from: nyInstant(date, '00:00'), to: nyInstant(addDays(date, 1), '00:00') };
  }

  contracts(): OptionContract[] {
    return [...this.#contracts.values()].sort(compareContracts);
  }

  async options(file: string, columns: CsvColumns, take: TakeRow): Promise<void> {
    // Files are sorted by ticker, so that remembering the last one saves nearly all parsing.
    let lastTicker: string | undefined;
    let contract: OptionContract | undefined;
    await readCsv(file, columns, this.quarantine, (fields) => {
      const ticker = fields[0] ?? '';
      if (ticker !== lastTicker) {
        const found = this.#contract(ticker);
        if (typeof found === 'string') return found;
        lastTicker = ticker;
        contract = found;
      }
      return contract && take(fields, contract.symbol, this.#span);
    });
  }

  async underlyings(file: string, columns: CsvColumns, take: TakeRow): Promise<void> {
    let symbol: Ticker | undefined;
    let wanted = false;
    await readCsv(file, columns, this.quarantine, (fields) => {
      const ticker = fields[0] ?? '';
      if (ticker !== symbol) {
        if (!TICKER.test(ticker)) return `not a ticker: "${ticker.slice(0, 40)}"`;
        const underlying = ticker.startsWith('I:') ? ticker.slice(2) : ticker;
        // A copy: a slice would keep the chunk it was read from alive.
        symbol = Buffer.from(ticker).toString();
        wanted = this.#wanted.has(underlying);
        this.#seen.add(underlying);
      }
      return wanted && symbol !== undefined ? take(fields, symbol, this.#span) : undefined;
    });
  }

  /** @throws {TradingError} `UNKNOWN_SYMBOL` when a wanted underlying occurs in none of the files read. */
  assertAllSeen(): void {
    assertAllSeen(this.date, this.#wanted, this.#seen);
  }

  /** The contract when its underlying is wanted, `undefined` when not, a problem when the ticker is none. */
  #contract(ticker: Ticker): OptionContract | RowProblem | undefined {
    const known = this.#contracts.get(ticker.startsWith('O:') ? ticker.slice(2) : ticker);
    if (known) return known;
    try {
      const { underlying } = rootInfo(parseOptionSymbol(ticker).root);
      this.#seen.add(underlying);
      if (!this.#wanted.has(underlying)) return undefined;
      const contract = optionContract(ticker);
      this.#contracts.set(contract.symbol, contract);
      return contract;
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return `not an option symbol: "${ticker.slice(0, 40)}"`;
    }
  }
}

function assertAllSeen(date: MarketDate, wanted: ReadonlySet<string>, seen: ReadonlySet<string>): void {
  const missing = [...wanted].filter((underlying) => !seen.has(underlying));
  if (missing.length === 0) return;
  const present = [...seen].sort();
  const some = present.slice(0, 20).join(', ') + (present.length > 20 ? ` and ${present.length - 20} more` : '');
  throw new TradingError('UNKNOWN_SYMBOL', `The files of ${date} don't speak of ${missing.join(', ')}`, {
    hint: present.length === 0 ? 'They hold no readable row.' : `They hold ${some}.`,
    details: { date, missing, present: present.slice(0, 100) },
  });
}

const TICKER = /^(?:I:)?[A-Za-z][A-Za-z0-9.\-/]{0,15}$/;

function dayMissing(dataDir: string, date: MarketDate, daysOf: (feed: string) => readonly MarketDate[]): TradingError {
  const days = [...new Set([...OPTION_QUOTES, OPTION_BARS, OPTION_TRADES].flatMap(daysOf))];
  const near = days
    .sort((a, b) => Math.abs(daysBetween(date, a)) - Math.abs(daysBetween(date, b)))
    .slice(0, 6)
    .sort();
  return new TradingError('DATA_DAY_MISSING', `${dataDir} has no option file of ${date}`, {
    hint: near.length === 0 ? 'It has no option files at all.' : `Days nearby that it has: ${near.join(', ')}.`,
    details: { dataDir, date, present: near },
  });
}
