import type { StrategyBook } from '@trading-agent/config';
import type { MarketDate } from '@trading-agent/core';
import { expiryWindow, type KnownFacts } from '@trading-agent/engine';
import { generateComingEvents, type MarketKind } from '@trading-agent/synthetic';

/** Dividends and earnings that the names of a synthetic market have made known, as far as they matter to the strategies. */
export function syntheticKnowledge(
  market: { readonly seed: number; readonly kind: MarketKind },
  strategies: StrategyBook,
): (underlyings: readonly string[], date: MarketDate) => Promise<KnownFacts> {
  return (underlyings, date) => {
    const until = expiryWindow(date, strategies).to;
    return Promise.resolve({ events: generateComingEvents({ ...market, symbols: underlyings, date, until }) });
  };
}
