import { MICROS_PER_MINUTE, type Usd, ZERO_USD, addUsd, subtractUsd, usdToNumber } from '@trading-agent/core';
import { calmarRatio, maxDrawdown, profitFactor, sharpeRatio, totalReturn, winRate } from '@trading-agent/statistics';
import type { StatsJson } from './schemas.ts';
import type { EquityReading, ExecutionReading } from './source.ts';

const MINUTES_PER_YEAR = 252 * 390;
/** Fewer minutes than this say nothing about a year. */
const ENOUGH_MINUTES = 30;

/** One value per minute, the last known one, from the first point's minute to the last point's. */
function perMinute(equity: readonly EquityReading[]): number[] {
  const values: number[] = [];
  const first = equity[0];
  if (!first) return values;
  const start = Math.floor(first.at / MICROS_PER_MINUTE);
  let last = usdToNumber(first.equity);
  for (const point of equity) {
    const minute = Math.floor(point.at / MICROS_PER_MINUTE) - start;
    while (values.length < minute) values.push(last);
    last = usdToNumber(point.equity);
    values[minute] = last;
  }
  return values;
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

/**
 * The figures of one session. Sharpe and Calmar are annualised from one-minute returns (252 x 390 a year); a trade is a fill that
 * closed something, its profit is what it realised less its own fees.
 */
export function performanceStats(equity: readonly EquityReading[], executions: readonly ExecutionReading[]): StatsJson {
  const minutes = perMinute(equity);
  const returns = minutes.slice(1).map((value, index) => value / (minutes[index] ?? Number.NaN) - 1);
  const enough = returns.length >= ENOUGH_MINUTES;
  const profits = executions.filter(closes).map((fill) => usdToNumber(subtractUsd(fill.realized, fill.fees)));
  return {
    totalReturn: returns.length === 0 ? null : known(totalReturn(returns)),
    sharpe: enough ? known(sharpeRatio(returns, MINUTES_PER_YEAR)) : null,
    // Not of the minutes: a dip inside one is a drawdown too.
    maxDrawdown: known(maxDrawdown(equity.map((point) => usdToNumber(point.equity)))),
    winRate: known(winRate(profits)),
    profitFactor: known(profitFactor(profits)),
    calmar: enough ? known(calmarRatio(returns, MINUTES_PER_YEAR)) : null,
    closedTrades: profits.length,
    minutes: minutes.length,
    fees: usdToNumber(sum(executions.map((fill) => fill.fees))),
    realized: usdToNumber(sum(executions.map((fill) => fill.realized))),
  };
}

function closes(fill: ExecutionReading): boolean {
  return fill.legs.some((leg) => leg.intent.endsWith('_to_close'));
}

function sum(amounts: readonly Usd[]): Usd {
  return amounts.reduce((total, amount) => addUsd(total, amount), ZERO_USD);
}
