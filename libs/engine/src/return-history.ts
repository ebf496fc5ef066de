import { type Micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { correlation } from '@trading-agent/statistics';

/** Minutes that are kept, and the least that a figure is computed from. */
const KEPT = 390;
const LEAST = 20;
/** 252 sessions of 390 minutes. */
const MINUTES_PER_YEAR = 252 * 390;

/** Closing prices of the last minutes of each underlying, for volatility and correlation. */
export class ReturnHistory {
  readonly #closes = new Map<string, { end: Micros; close: number }[]>();

  push(bar: Bar): void {
    const closes = this.#closes.get(bar.symbol) ?? [];
    closes.push({ end: bar.end, close: bar.close });
    if (closes.length > KEPT) closes.shift();
    this.#closes.set(bar.symbol, closes);
  }

  /** What was known of a symbol says nothing about what comes now. */
  forget(symbol: string): void {
    this.#closes.delete(symbol);
  }

  /** Annualised standard deviation of one-minute log returns, decimal; gaps over a minute (the night) are left out. */
  realisedVolatility(symbol: string): number | null {
    const returns = [...this.#returns(symbol).values()];
    if (returns.length < LEAST) return null;
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1);
    return Math.sqrt(variance * MINUTES_PER_YEAR);
  }

  /** Correlation of the returns of minutes that both have. */
  correlation(a: string, b: string): number | null {
    const ofB = this.#returns(b);
    const pairs = [...this.#returns(a)].flatMap(([end, value]) => {
      const other = ofB.get(end);
      return other === undefined ? [] : [[value, other] as const];
    });
    if (pairs.length < LEAST) return null;
    return correlation(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
    );
  }

  #returns(symbol: string): Map<Micros, number> {
    const closes = this.#closes.get(symbol) ?? [];
    const returns = new Map<Micros, number>();
    for (let index = 1; index < closes.length; index++) {
      const [before, now] = [closes[index - 1], closes[index]];
      if (before && now && now.end - before.end === MICROS_PER_MINUTE)
        returns.set(now.end, Math.log(now.close / before.close));
    }
    return returns;
  }
}
