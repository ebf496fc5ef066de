import type { Micros } from '@trading-agent/core';
import type { Bar, Quote, Ticker, Trade } from '@trading-agent/instruments';
import type { MarketStep } from './market-day.ts';

interface OpenStep {
  quotes: Quote[];
  bars: Bar[];
  trades: Trade[];
}

/** Gathers rows in any order into steps: one per instant, strictly increasing, each list in symbol order. */
export class StepBuilder {
  readonly #steps = new Map<Micros, OpenStep>();

  quote(quote: Quote): void {
    this.#at(quote.at).quotes.push(quote);
  }

  /** A bar belongs to the instant at which its window ends: it was not known before. */
  bar(bar: Bar): void {
    this.#at(bar.end).bars.push(bar);
  }

  trade(trade: Trade): void {
    this.#at(trade.at).trades.push(trade);
  }

  build(): MarketStep[] {
    return [...this.#steps]
      .sort(([a], [b]) => a - b)
      .map(([at, step]) => ({
        at,
        quotes: lastPerSymbol(step.quotes),
        bars: lastPerSymbol(step.bars),
        // The prints of one symbol at one instant keep the order of the feed (sort is stable).
        trades: step.trades.sort(bySymbol),
      }));
  }

  #at(at: Micros): OpenStep {
    let step = this.#steps.get(at);
    if (!step) {
      step = { quotes: [], bars: [], trades: [] };
      this.#steps.set(at, step);
    }
    return step;
  }
}

/** At most one item per symbol, the one that came last, in symbol order. */
export function lastPerSymbol<Item extends { readonly symbol: Ticker }>(items: readonly Item[]): readonly Item[] {
  if (isStrictlySorted(items)) return items;
  const last = new Map<Ticker, Item>();
  for (const item of items) last.set(item.symbol, item);
  return [...last.values()].sort(bySymbol);
}

function isStrictlySorted(items: readonly { readonly symbol: Ticker }[]): boolean {
  let previous: Ticker | undefined;
  for (const { symbol } of items) {
    if (previous !== undefined && symbol <= previous) return false;
    previous = symbol;
  }
  return true;
}

/** Code-unit order, the same on every machine. */
export function bySymbol(a: { readonly symbol: Ticker }, b: { readonly symbol: Ticker }): number {
  return a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;
}
