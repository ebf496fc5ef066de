import { join } from 'node:path';
import { type MarketDate, TradingError, usd } from '@trading-agent/core';
import { type DayResult, runDay } from '@trading-agent/backtest';
import { nextSession, session } from '@trading-agent/calendar';
import type { Settings } from '@trading-agent/config';
import { engineConfig } from '@trading-agent/engine';
import { type DayHole, dayHoles, type QuarantinedRow, recordedHoles } from '@trading-agent/market-data';
import { loadStrategyFunctions } from '@trading-agent/strategies';
import { type MarketSource, marketDay } from './market.ts';
import { recordedKnowledge } from './recorded-knowledge.ts';

export interface BacktestOptions {
  readonly settings: Settings;
  readonly source: MarketSource;
  readonly date: MarketDate;
  readonly symbols: readonly string[];
  /** Dollars. */
  readonly balance: number;
  readonly seed: number;
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

export interface BacktestResult extends DayResult {
  readonly quarantined: readonly QuarantinedRow[];
  readonly quarantinedTotal: number;
  /** What the day lacked while the market was open, oldest first: the result was computed over it. */
  readonly holes: readonly DayHole[];
}

/**
 * One day through the engine in process.
 * @throws {TradingError} `NOT_A_SESSION` and the errors of the day's source.
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { settings, source, date, symbols, seed } = options;
  const trading = session(date);
  if (trading === undefined)
    throw new TradingError('NOT_A_SESSION', `The market was closed on ${date}`, {
      hint: `The next session is ${nextSession(date)}.`,
    });
  const functions = await loadStrategyFunctions(join(process.cwd(), 'strategies'), settings.ownStrategies);
  const day = await marketDay(source, date, symbols, seed);
  const config = engineConfig(settings, seed, functions);
  const result = runDay({
    day,
    session: trading,
    underlyings: [...symbols].sort(),
    cash: usd(options.balance),
    accountNumber: 'BACKTEST',
    engine: config,
    known: source.kind === 'replay' ? await recordedKnowledge(source.dataDir, config.strategies)(symbols, date) : {},
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const noted = source.kind === 'replay' ? recordedHoles(source.dataDir, date) : [];
  return {
    ...result,
    quarantined: day.quarantined,
    quarantinedTotal: day.quarantinedTotal,
    holes: [...noted, ...dayHoles(day)],
  };
}
