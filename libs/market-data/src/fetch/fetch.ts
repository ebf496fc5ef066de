import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, TradingError, addDays, isTradingError, toTradingError } from '@trading-agent/core';
import { nyInstant, previousSession } from '@trading-agent/calendar';
import { LakeLock } from '../lake/lake-lock.ts';
import type { IngestResult } from '../lake/ingest.ts';
import type { ReferenceData } from '../reference/reference-data.ts';
import { type ForeignDay, composeDays, foreignDay } from './compose.ts';
import { fetchJobs } from './fetch-jobs.ts';
import { FetchJournal } from './fetch-journal.ts';
import { FetchQuarantine } from './fetch-quarantine.ts';
import { barFeed, barRows, quoteRows, snapshotRows, tradeRows, type FetchedFeed } from './fetched-rows.ts';
import type { FetchedKind } from '../known-reference/known-reference.ts';
import { ReferenceFolderWriter } from './reference-files.ts';
import { RowFolder } from './row-folder.ts';
import {
  FETCH_ASSUMPTIONS,
  type FetchAssumptions,
  type FetchJob,
  type FetchRequest,
  type FetchState,
  type FetchStep,
} from './wanted.ts';

export interface FetchRun extends FetchRequest {
  readonly lakeDir: string;
  readonly vendor: ReferenceData;
  /** Calls that the vendor has been sent so far, by whoever counts them. */
  readonly calls: () => number;
  readonly assume?: Partial<FetchAssumptions>;
  readonly parquet?: boolean;
  readonly signal?: AbortSignal;
  /** `calls` of `planned` are behind; the plan is made anew when listings are there. */
  readonly onProgress?: (progress: {
    readonly calls: number;
    readonly planned: number;
    readonly job: FetchJob;
  }) => void;
}

export interface FetchOutcome {
  readonly jobs: { readonly done: number; readonly notEntitled: number; readonly failed: number };
  /** Calls that were made, and those that the plan had reckoned with when it began. */
  readonly calls: number;
  readonly planned: number;
  /** Days of the lake that were made anew. */
  readonly ingested: readonly IngestResult[];
  /** One of each kind: what the plan does not cover, what the vendor could not answer. */
  readonly problems: readonly { readonly job: FetchJob; readonly error: TradingError }[];
}

/** What a symbol's ex-dates are asked from, before the first day: a year of payments foretells the next. */
const ACTION_DAYS = 400;
/** How far ahead announced dividends and splits are asked for. */
const AHEAD_DAYS = 366;
/** Curves before the first day: over the longest run of closed days. */
const CURVE_DAYS = 14;
/** The Treasury publishes in the evening, and a vendor may have it a day later; a curve that is missing after more days was none. */
const CURVE_LATE_DAYS = 2;
const MOST_PROBLEMS = 20;

/** What a lake has already of what is asked for. Reads only. @throws {TradingError} `DATA_FILE_BROKEN`. */
export function fetchState(lakeDir: string, request: Pick<FetchRequest, 'dates' | 'today'>): FetchState {
  const journal = new FetchJournal(lakeDir);
  return stateOf(journal, new ReferenceFolderWriter(lakeDir), foreignDays(lakeDir, journal), request);
}

/**
 * Asks a vendor for everything that is wanted and not in the lake yet, and makes days of the lake of it. Answers of a job are on the disk before
 * the next is begun; a run that ends in the middle, however it ends, is taken up by the next one at the job it was at. What the plan does
 * not cover is left out and told; a vendor that can't answer at all, a used-up budget or `signal` end the run, and what was fetched is
 * ingested all the same.
 * @throws {TradingError} `LAKE_LOCKED` when another fetch or ingest is at the lake; `FEED_AUTH`, `FEED_BUDGET_SPENT`, `FEED_UNAVAILABLE`,
 * `FEED_RATE_LIMITED`, `TIMEOUT`, `STORE_UNAVAILABLE`, `CANCELLED` when the run could not go on.
 */
export async function fetchIntoLake(run: FetchRun): Promise<FetchOutcome> {
  const { lakeDir, signal, onProgress } = run;
  const folder = join(lakeDir, 'fetched');
  mkdirSync(folder, { recursive: true });
  using _lock = LakeLock.take(folder);
  const journal = new FetchJournal(lakeDir);
  const rows = new RowFolder(lakeDir);
  const reference = new ReferenceFolderWriter(lakeDir);
  const quarantine = new FetchQuarantine(lakeDir, run.vendor);
  const foreign = foreignDays(lakeDir, journal);
  const state = stateOf(journal, reference, foreign, run);
  const assume = { ...FETCH_ASSUMPTIONS, ...run.assume };
  const before = run.calls();
  const count = { done: 0, notEntitled: 0, failed: 0 };
  const problems: { readonly job: FetchJob; readonly error: TradingError }[] = [];
  const kinds = new Set<string>();
  const left = (): readonly FetchJob[] => fetchJobs(run, state, assume);
  const planned = callsOf(left());
  let halted: TradingError | undefined;
  const lacks = (job: FetchJob, error: TradingError): void => {
    count[error.code === 'FEED_NOT_ENTITLED' ? 'notEntitled' : 'failed'] += 1;
    const kind = `${job.step} ${error.code}`;
    if (!kinds.has(kind) && problems.length < MOST_PROBLEMS) problems.push({ job, error });
    kinds.add(kind);
  };

  const work = async (jobs: readonly FetchJob[]): Promise<void> => {
    let waiting = callsOf(jobs);
    for (const job of jobs) {
      if (halted) return;
      if (signal?.aborted) {
        halted = cancelled();
        return;
      }
      const sofar = run.calls() - before;
      onProgress?.({ calls: sofar, planned: sofar + waiting, job });
      waiting -= job.calls;
      const began = run.calls();
      try {
        const { dates, refused } = withoutForeign(job, foreign);
        const asked = { ...job, dates };
        if (dates.length > 0) {
          await answerOf(asked, run, rows, reference);
          quarantine.keep(asked);
          journal.done(asked, run.calls() - began);
        }
        if (refused) lacks(job, refused);
        else count.done += 1;
      } catch (error) {
        const failure = toTradingError(error);
        if (ENDS_THE_RUN.has(failure.code) || !isTradingError(error)) {
          halted = signal?.aborted ? cancelled() : failure;
          return;
        }
        lacks(job, failure);
      }
    }
  };
  // Contracts are known once they are listed: bars of them come last.
  await work(left().filter(({ step }) => step !== 'option-aggs'));
  await work(left().filter(({ step, symbol }) => step === 'option-aggs' && !run.symbols.includes(symbol)));
  // What has been paid for goes into the lake whatever ended the run; only an interruption waits for the next one.
  const ingested = signal?.aborted
    ? []
    : await composeDays({ lakeDir, journal, rows, parquet: run.parquet ?? true, signal });
  if (halted) throw halted;
  return { jobs: count, calls: run.calls() - before, planned, ingested, problems };
}

/** Without these nothing else can be asked either. */
const ENDS_THE_RUN = new Set([
  'FEED_AUTH',
  'FEED_BUDGET_SPENT',
  'FEED_UNAVAILABLE',
  'FEED_RATE_LIMITED',
  'TIMEOUT',
  'CANCELLED',
  'STORE_UNAVAILABLE',
]);

function cancelled(): TradingError {
  return new TradingError('CANCELLED', 'The fetch was stopped', {
    hint: 'What was fetched is kept; run it again to go on.',
  });
}

function callsOf(jobs: readonly FetchJob[]): number {
  return jobs.reduce((sum, { calls }) => sum + calls, 0);
}

type ForeignDays = (feed: FetchedFeed, date: MarketDate) => ForeignDay | undefined;

/** Each looked at once. */
function foreignDays(lakeDir: string, journal: FetchJournal): ForeignDays {
  const known = new Map<string, ForeignDay | undefined>();
  return (feed, date) => {
    const day = `${feed} ${date}`;
    if (!known.has(day)) known.set(day, foreignDay(lakeDir, journal, feed, date));
    return known.get(day);
  };
}

function stateOf(
  journal: FetchJournal,
  reference: ReferenceFolderWriter,
  foreign: ForeignDays,
  { dates, today }: Pick<FetchRequest, 'dates' | 'today'>,
): FetchState {
  const first = dates[0] ?? today;
  const reaches = (kind: FetchedKind, symbol: string, from: MarketDate): boolean => {
    const range = reference.range(kind, symbol);
    return range !== undefined && range.from <= from && (range.asked ?? range.to) >= today;
  };
  return {
    isDone(step, symbol, date) {
      if (step === 'dividends' || step === 'splits') return reaches(step, symbol, addDays(first, -ACTION_DAYS));
      if (step === 'treasury') return reaches('curves', symbol, addDays(first, -CURVE_DAYS));
      const feed = feedOf(step, symbol);
      if (feed === undefined) return journal.isDone(step, symbol, date);
      const found = foreign(feed, date);
      return found ? found.has(symbol) : journal.isDone(step, symbol, date);
    },
    contracts: (underlying, days) => reference.listed(underlying, days),
    lastCalls: (step, symbol) => journal.lastCalls(step, symbol),
  };
}

/**
 * The days of a job that can be fetched. The lake's day of a feed is one file: what it has from elsewhere is not mixed with what is fetched, and
 * where the symbol does not occur in it nobody knows whether it could have.
 */
function withoutForeign(
  { step, symbol, dates }: FetchJob,
  foreign: ForeignDays,
): { readonly dates: readonly MarketDate[]; readonly refused?: TradingError } {
  const feed = feedOf(step, symbol);
  if (feed === undefined) return { dates };
  const lacking = dates.filter((date) => foreign(feed, date)?.has(symbol) === false);
  const [first] = lacking;
  if (first === undefined) return { dates };
  const refused = new TradingError(
    'DATA_INCOMPLETE',
    `The lake's ${feed} of ${first} is from elsewhere and has no ${symbol}`,
    {
      hint: "Ingest the vendor's flat file of that day (ticks: with the symbol among --symbols), or delete the day from the lake and fetch it.",
      details: { feed, date: first, days: lacking.length, symbol },
    },
  );
  return { dates: dates.filter((date) => !lacking.includes(date)), refused };
}

function feedOf(step: FetchStep, symbol: string): FetchedFeed | undefined {
  switch (step) {
    case 'aggs':
      return barFeed(symbol, 'minute');
    case 'daily':
      return barFeed(symbol, 'day');
    case 'option-aggs':
      return barFeed(symbol, 'minute', true);
    case 'trades':
      return 'us_stocks_sip/trades_v1';
    case 'quotes':
      return 'us_stocks_sip/quotes_v1';
    case 'contracts':
    case 'snapshot':
    case 'dividends':
    case 'splits':
    case 'treasury':
    case 'news':
      return undefined;
  }
}

/** Asks the questions of a job and puts the answers on the disk. */
async function answerOf(
  job: FetchJob,
  run: FetchRun,
  rows: RowFolder,
  reference: ReferenceFolderWriter,
): Promise<void> {
  const { vendor } = run;
  const { step, symbol, dates } = job;
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return;
  switch (step) {
    case 'contracts':
      reference.contracts(symbol, first, await vendor.contracts({ underlying: ticker(symbol), asOf: first }));
      return;
    case 'snapshot': {
      const chain = await vendor.chain({ underlying: symbol });
      for (const [date, lines] of snapshotRows(chain))
        await rows.replace('us_options_opra/quotes_v1_snapshots', date, `${symbol}.${first}`, [lines]);
      reference.chain(symbol, first, chain);
      return;
    }
    case 'aggs':
    case 'daily':
    case 'option-aggs': {
      const feed = barFeed(symbol, step === 'daily' ? 'day' : 'minute', step === 'option-aggs');
      const timespan = step === 'daily' ? 'day' : 'minute';
      const bars = await vendor.bars({ symbol, timespan, from: first, to: last, adjusted: false });
      const wanted = new Set(dates);
      const found = barRows(bars, feed);
      rows.append(feed, new Map([...found].filter(([date]) => wanted.has(date))));
      return;
    }
    case 'trades':
      await rows.replace(
        'us_stocks_sip/trades_v1',
        first,
        symbol,
        mapped(vendor.trades({ symbol, during: first }), tradeRows),
      );
      return;
    case 'quotes':
      await rows.replace(
        'us_stocks_sip/quotes_v1',
        first,
        symbol,
        mapped(vendor.quotes({ symbol, during: first }), quoteRows),
      );
      return;
    case 'dividends': {
      const range = actionRange(run, reference.range('dividends', symbol)?.from);
      const found = await vendor.dividends({ symbol, from: range.from, to: addDays(run.today, AHEAD_DAYS) });
      reference.dividends(symbol, found, range);
      return;
    }
    case 'splits': {
      const range = actionRange(run, reference.range('splits', symbol)?.from);
      reference.splits(
        symbol,
        await vendor.splits({ symbol, from: range.from, to: addDays(run.today, AHEAD_DAYS) }),
        range,
      );
      return;
    }
    case 'treasury': {
      const known = reference.range('curves', '*');
      const wanted = addDays(run.dates[0] ?? run.today, -CURVE_DAYS);
      const from = known && known.from < wanted ? known.from : wanted;
      const curves = await vendor.treasuryYields(from, run.today);
      const settled = addDays(run.today, -CURVE_LATE_DAYS);
      const newest = curves.at(-1)?.date ?? settled;
      await reference.curves(curves, { from, to: newest > settled ? newest : settled, asked: run.today });
      return;
    }
    case 'news': {
      // A session's news are those since the session before: weekends have news too.
      const since = addDays(previousSession(first), 1);
      const during = { from: nyInstant(since, '00:00'), to: nyInstant(addDays(last, 1), '00:00') };
      // As many as there are: the client bounds the pages and says so.
      reference.news(symbol, await vendor.news({ symbol, ...during, limit: Number.MAX_SAFE_INTEGER }));
      return;
    }
  }
}

function actionRange(
  run: FetchRun,
  known: MarketDate | undefined,
): { readonly from: MarketDate; readonly to: MarketDate } {
  const wanted = addDays(run.dates[0] ?? run.today, -ACTION_DAYS);
  return { from: known !== undefined && known < wanted ? known : wanted, to: run.today };
}

async function* mapped<T>(
  pages: AsyncIterable<readonly T[]>,
  rowsOf: (page: readonly T[]) => readonly string[],
): AsyncGenerator<readonly string[]> {
  for await (const page of pages) yield rowsOf(page);
}

/** The name of an index among listings. */
function ticker(symbol: string): string {
  return symbol.startsWith('I:') ? symbol.slice(2) : symbol;
}
