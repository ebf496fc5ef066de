import { type Micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { correlation, shrunkCorrelation } from '@trading-agent/statistics';

/** Minutes that are kept, and the least that a figure is computed from. */
const KEPT = 390;
const LEAST = 20;
/** 252 sessions of 390 minutes. */
const MINUTES_PER_YEAR = 252 * 390;

/** Closing prices of the last minutes of each underlying, for volatility and correlation: everything as of the last bar. */
export class ReturnHistory {
  readonly #closes = new Map<string, { end: Micros; close: number }[]>();
  #correlations: ReadonlyMap<string, ReadonlyMap<string, number>> | null = null;

  push(bar: Bar): void {
    const closes = this.#closes.get(bar.symbol) ?? [];
    closes.push({ end: bar.end, close: bar.close });
    if (closes.length > KEPT) closes.shift();
    this.#closes.set(bar.symbol, closes);
    this.#correlations = null;
  }

  /** Annualised standard deviation of one-minute log returns, decimal; gaps over a minute (the night) are left out. */
  realisedVolatility(symbol: string): number | null {
    const returns = [...this.#returns(symbol).values()];
    if (returns.length < LEAST) return null;
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1);
    return Math.sqrt(variance * MINUTES_PER_YEAR);
  }

  /** Root mean square of the last `bars` returns over that of the returns before; `null` while there are too few of either. */
  volatilityRatio(symbol: string, bars: number): number | null {
    const squares = [...this.#returns(symbol).values()].map((value) => value * value);
    if (squares.length < bars + LEAST) return null;
    const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const recent = meanOf(squares.slice(-bars));
    const before = meanOf(squares.slice(0, -bars));
    // What has never moved and does not move now is calm.
    return recent === 0 ? 0 : Math.sqrt(recent / before);
  }

  /**
   * Correlation of the returns of minutes that both have, over the minutes kept, shrunk towards the mean correlation of all underlyings where
   * they share enough minutes. `null` while there are too few.
   */
  correlation(a: string, b: string): number | null {
    this.#correlations ??= this.#shrunk();
    const shrunk = this.#correlations.get(a)?.get(b);
    if (shrunk !== undefined) return shrunk;
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

  /** Correlations of all underlyings with enough returns, over the minutes that all of them have; empty when those are too few. */
  #shrunk(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const symbols: string[] = [];
    const returns: Map<Micros, number>[] = [];
    for (const symbol of this.#closes.keys()) {
      const own = this.#returns(symbol);
      if (own.size < LEAST) continue;
      symbols.push(symbol);
      returns.push(own);
    }
    const shared = [...(returns[0]?.keys() ?? [])].filter((end) => returns.every((own) => own.has(end)));
    if (symbols.length < 3 || shared.length < LEAST) return new Map();
    const { matrix } = shrunkCorrelation(returns.map((own) => shared.map((end) => own.get(end) ?? 0)));
    return new Map(
      symbols.map((a, i) => [a, new Map(symbols.map((b, j) => [b, matrix[i]?.[j] ?? Number.NaN] as const))] as const),
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
