import {
  MICROS_PER_MINUTE,
  type Micros,
  type Usd,
  ZERO_USD,
  addUsd,
  subtractUsd,
  usdToNumber,
} from '@trading-agent/core';
import { calmarRatio } from './calmar-ratio.ts';
import { maxDrawdown } from './max-drawdown.ts';
import { profitFactor } from './profit-factor.ts';
import { sharpeRatio } from './sharpe-ratio.ts';
import { totalReturn } from './total-return.ts';
import { winRate } from './win-rate.ts';

/** 252 sessions of 390 minutes. */
const MINUTES_PER_YEAR = 252 * 390;
/** Fewer minutes than this say nothing about a year. */
const ENOUGH_MINUTES = 30;

export interface SessionEquity {
  readonly at: Micros;
  readonly equity: Usd;
}

export interface SessionFill {
  /** Before fees. */
  readonly realized: Usd;
  readonly fees: Usd;
  /** True when the fill closed something: only then it counts as a trade. */
  readonly closes: boolean;
}

/** Ratios are decimals; `null` where there is too little to say. Money in dollars. */
export interface SessionPerformance {
  readonly totalReturn: number | null;
  readonly sharpe: number | null;
  readonly maxDrawdown: number | null;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  readonly calmar: number | null;
  readonly closedTrades: number;
  readonly minutes: number;
  readonly fees: number;
  readonly realized: number;
}

/**
 * The figures of one session. Sharpe and Calmar are annualised from one-minute returns (252 x 390 a year); a trade is a fill that
 * closed something, its profit is what it realised less its own fees.
 */
export function sessionPerformance(
  equity: readonly SessionEquity[],
  fills: readonly SessionFill[],
): SessionPerformance {
  const minutes = perMinute(equity);
  const returns = minutes.slice(1).map((value, index) => value / (minutes[index] ?? Number.NaN) - 1);
  const enough = returns.length >= ENOUGH_MINUTES;
  const profits = fills
    .filter(({ closes }) => closes)
    .map((fill) => usdToNumber(subtractUsd(fill.realized, fill.fees)));
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
    fees: usdToNumber(sum(fills.map((fill) => fill.fees))),
    realized: usdToNumber(sum(fills.map((fill) => fill.realized))),
  };
}

/** One value per minute, the last known one, from the first point's minute to the last point's. */
function perMinute(equity: readonly SessionEquity[]): number[] {
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

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function sum(amounts: readonly Usd[]): Usd {
  return amounts.reduce((total, amount) => addUsd(total, amount), ZERO_USD);
}
