import { Fingerprint, type MarketDate, TradingError } from '@trading-agent/core';
import type { RunReport } from '@trading-agent/engine';

/** One session of a run over several. Counts instead of lists. */
export interface SessionSummary {
  readonly session: MarketDate;
  readonly tier: string;
  readonly orders: number;
  readonly executions: number;
  readonly refusals: number;
  readonly fees: number;
  readonly startEquity: number;
  readonly endEquity: number;
  readonly fingerprint: string;
}

/** A run over several sessions, in the fields of one: `session` is the first, `tier` and `positions` are the last day's. */
export interface SessionsReport extends RunReport {
  readonly sessions: readonly SessionSummary[];
}

/**
 * Sums up days that followed each other; the fingerprint covers the days' own in their order.
 * @throws {TradingError} `INVALID_VALUE` without any day.
 */
export function combinedReport(days: readonly RunReport[]): SessionsReport {
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) throw new TradingError('INVALID_VALUE', 'There is no day to sum up');
  const fingerprint = new Fingerprint();
  for (const day of days) fingerprint.add({ session: day.session, fingerprint: day.fingerprint });
  const total = (of: (day: RunReport) => number): number => days.reduce((sum, day) => sum + of(day), 0);
  return {
    session: first.session,
    tier: last.tier,
    events: total(({ events }) => events),
    orders: days.flatMap(({ orders }) => orders),
    executions: days.flatMap(({ executions }) => executions),
    // Whole micro-dollars: sums of decimals would not read as they are.
    fees: Math.round(total(({ fees }) => fees) * 1e6) / 1e6,
    startEquity: first.startEquity,
    endEquity: last.endEquity,
    positions: last.positions,
    refusals: days.flatMap(({ refusals }) => refusals),
    fingerprint: fingerprint.digest(),
    sessions: days.map((day) => ({
      session: day.session,
      tier: day.tier,
      orders: day.orders.length,
      executions: day.executions.length,
      refusals: day.refusals.length,
      fees: day.fees,
      startEquity: day.startEquity,
      endEquity: day.endEquity,
      fingerprint: day.fingerprint,
    })),
  };
}
