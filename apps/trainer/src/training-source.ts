import { requireSession, type Session, sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, TradingError } from '@trading-agent/core';
import { jobId, runJobs } from '@trading-agent/jobs';
import { readMinuteBars } from '@trading-agent/market-data';
import { generateMinuteBars } from '@trading-agent/synthetic';
import type { TrainingPorts } from '@trading-agent/training';

/** Where the minute bars come from: the synthetic market of a seed, or recorded days in the flat-file layout. */
export type TrainingSource =
  | { readonly kind: 'sim'; readonly seed: number | string }
  | { readonly kind: 'flat-files'; readonly dataDir: string };

/** Minute bars of a symbol, oldest first. */
type Bars = Awaited<ReturnType<TrainingPorts['bars']>>;

export interface CollectionRequest {
  readonly source: TrainingSource;
  readonly symbols: readonly string[];
  /** Sessions, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
}

/** What was found of one symbol. */
export interface CollectedSymbol {
  readonly symbol: string;
  readonly bars: number;
  /** Sessions of the range without a single bar of the symbol. */
  readonly missingDays: number;
  readonly quarantinedRows: number;
}

export interface Collection {
  readonly bars: ReadonlyMap<string, Bars>;
  readonly symbols: readonly CollectedSymbol[];
}

/** Reading is bound by decompression, of which the machine's thread pool does the work: two files at a time keep it busy. */
const CONCURRENCY = 2;

/**
 * The minute bars of the regular sessions from `from` to `to`. A symbol without bars is reported, not an error, as long as another has some.
 * @throws {TradingError} `DATA_DAY_MISSING` when no symbol has any; otherwise the first symbol's error, with all failed symbols in its details.
 */
export async function collectBars(request: CollectionRequest): Promise<Collection> {
  const { source, symbols, from, to } = request;
  const sessions = sessionsBetween(from, to).map((date) => requireSession(date));
  const jobs = symbols.map((symbol) => ({
    id: jobId({ code: 'collect-bars', data: { ...source }, parameters: { symbol, from, to }, seed: 0 }),
    run: () => collectSymbol(source, symbol, sessions),
  }));
  const outcomes = await runJobs(jobs, { concurrency: CONCURRENCY });
  const failed: { symbol: string; error: TradingError }[] = [];
  const bars = new Map<string, Bars>();
  const found: CollectedSymbol[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const symbol = symbols[index] ?? '';
    if (outcome.kind === 'failed') failed.push({ symbol, error: outcome.error });
    if (outcome.kind !== 'done') continue;
    bars.set(symbol, outcome.value.bars);
    found.push(outcome.value.found);
  }
  const [first] = failed;
  if (first !== undefined) {
    const { code, message, hint, details } = first.error;
    throw new TradingError(code, `Collecting ${first.symbol} failed: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { ...details, failedSymbols: failed.map(({ symbol }) => symbol) },
      cause: first.error,
    });
  }
  if (found.every((entry) => entry.bars === 0)) {
    throw new TradingError(
      'DATA_DAY_MISSING',
      `There are no minute bars of ${symbols.join(', ')} from ${from} to ${to}`,
      {
        hint: 'Fetch the minute aggregates of these days, or name another data folder or other symbols.',
        details: { symbols, from, to },
      },
    );
  }
  return { bars, symbols: found };
}

async function collectSymbol(
  source: TrainingSource,
  symbol: string,
  sessions: readonly Session[],
): Promise<{ readonly bars: Bars; readonly found: CollectedSymbol }> {
  const { bars, quarantinedRows } = await read(source, symbol, sessions);
  // Features of the agent are made of the regular session; the files hold the extended hours too.
  const regular: Bars[number][] = [];
  let missingDays = 0;
  let next = 0;
  for (const { open, close } of sessions) {
    const before = regular.length;
    for (let bar = bars[next]; bar !== undefined && bar.start < close; bar = bars[next]) {
      if (bar.start >= open && bar.end <= close) regular.push(bar);
      next += 1;
    }
    if (regular.length === before) missingDays += 1;
  }
  return { bars: regular, found: { symbol, bars: regular.length, missingDays, quarantinedRows } };
}

async function read(
  source: TrainingSource,
  symbol: string,
  sessions: readonly Session[],
): Promise<{ readonly bars: Bars; readonly quarantinedRows: number }> {
  const from = sessions[0]?.date;
  const to = sessions.at(-1)?.date;
  if (from === undefined || to === undefined)
    throw new TradingError('OUT_OF_RANGE', 'Expected at least one session to collect, were none');
  if (source.kind === 'sim')
    return { bars: generateMinuteBars({ symbol, from, to, seed: source.seed }), quarantinedRows: 0 };
  const { bars, quarantinedTotal } = await readMinuteBars({ dataDir: source.dataDir, symbol, from, to });
  return { bars, quarantinedRows: quarantinedTotal };
}
