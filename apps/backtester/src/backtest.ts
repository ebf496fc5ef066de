import { join } from 'node:path';
import { type MarketDate, TradingError, usd } from '@trading-agent/core';
import {
  Backtest,
  combinedReport,
  type DayResult,
  type EquityPoint,
  recordedKnowledge,
  type SessionsReport,
  syntheticActions,
  syntheticKnowledge,
} from '@trading-agent/backtest';
import { nextSession, requireSession, session } from '@trading-agent/calendar';
import type { Settings } from '@trading-agent/config';
import { engineConfig, type RunReport } from '@trading-agent/engine';
import { type DayHole, dayHoles, type QuarantinedRow, recordedHoles } from '@trading-agent/market-data';
import { loadStrategyFunctions } from '@trading-agent/strategies';
import { type MarketSource, marketDay } from './market.ts';

export interface BacktestOptions {
  readonly settings: Settings;
  readonly source: MarketSource;
  /** The session, or the first of several. */
  readonly date: MarketDate;
  /** The last session: every one from `date` on is run, with the holdings of the one before; a single one when left out. */
  readonly to?: MarketDate;
  readonly symbols: readonly string[];
  /** Dollars. */
  readonly balance: number;
  readonly seed: number;
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

export interface BacktestResult extends DayResult {
  /** Over several sessions with a summary of each. */
  readonly report: RunReport | SessionsReport;
  readonly quarantined: readonly QuarantinedRow[];
  readonly quarantinedTotal: number;
  /** What the day lacked while the market was open, oldest first: the result was computed over it. */
  readonly holes: readonly DayHole[];
}

/**
 * A session, or several in a row, through the engine in process. The days of a longer run are loaded one after the other.
 * @throws {TradingError} `NOT_A_SESSION`, `OUT_OF_RANGE` when `to` lies before `date` or too far behind it, and the errors of the days' source.
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { settings, source, seed, signal } = options;
  const dates = sessionsOf(options);
  const functions = await loadStrategyFunctions(join(process.cwd(), 'strategies'), settings.ownStrategies);
  const symbols = options.symbols.toSorted();
  const config = engineConfig(settings, seed, functions);
  const knowledge =
    source.kind === 'replay'
      ? recordedKnowledge(source.dataDir, config.strategies)
      : syntheticKnowledge({ seed, kind: source.market ?? 'synthetic' }, config.strategies);
  const account = new Backtest({
    underlyings: symbols,
    cash: usd(options.balance),
    accountNumber: 'BACKTEST',
    engine: config,
    corporateActions: corporateActions(source, symbols, seed, dates),
  });
  const reports: RunReport[] = [];
  const equity: EquityPoint[] = [];
  const quarantined: QuarantinedRow[] = [];
  const holes: DayHole[] = [];
  let quarantinedTotal = 0;
  let complete = true;
  for (const [index, date] of dates.entries()) {
    const day = await marketDay(source, date, symbols, seed);
    const result = account.run(day, requireSession(date), {
      known: await knowledge(symbols, date),
      onProgress: (fraction) => options.onProgress?.((index + fraction) / dates.length),
      ...(signal === undefined ? {} : { signal }),
    });
    reports.push(result.report);
    equity.push(...result.equity);
    quarantined.push(...day.quarantined);
    quarantinedTotal += day.quarantinedTotal;
    holes.push(...(source.kind === 'replay' ? recordedHoles(source.dataDir, date) : []), ...dayHoles(day));
    complete = result.complete;
    if (!complete) break;
  }
  const [only] = reports;
  const report = options.to === undefined && only !== undefined ? only : combinedReport(reports);
  return { report, equity, complete, quarantined, quarantinedTotal, holes };
}

/** Some years of sessions: what runs longer is meant to be something else. */
const MOST_SESSIONS = 1_000;

function sessionsOf({ date, to = date }: BacktestOptions): readonly MarketDate[] {
  if (session(date) === undefined)
    throw new TradingError('NOT_A_SESSION', `The market was closed on ${date}`, {
      hint: `The next session is ${nextSession(date)}.`,
    });
  if (to < date) throw new TradingError('OUT_OF_RANGE', `The last session, ${to}, lies before the first, ${date}`);
  const dates = [date];
  for (let next = nextSession(date); next <= to; next = nextSession(next)) {
    if (dates.length === MOST_SESSIONS)
      throw new TradingError('OUT_OF_RANGE', `From ${date} to ${to} are more than ${MOST_SESSIONS} sessions`);
    dates.push(next);
  }
  return dates;
}

/** What befalls shares overnight. A single session has no night. */
function corporateActions(
  source: MarketSource,
  symbols: readonly string[],
  seed: number,
  dates: readonly MarketDate[],
): ReturnType<typeof syntheticActions> {
  const [first] = dates;
  const last = dates.at(-1);
  if (source.kind !== 'sim' || dates.length < 2 || first === undefined || last === undefined) return [];
  return syntheticActions(symbols, seed, first, last);
}
