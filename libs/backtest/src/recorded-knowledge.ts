import type { StrategyBook } from '@trading-agent/config';
import type { MarketDate } from '@trading-agent/core';
import { expiryWindow, type KnownFacts, recordedFacts } from '@trading-agent/engine';
import { openKnownReference } from '@trading-agent/market-data';

/**
 * What the reference files beside a recording (`reference/` in its folder) say was known before a day of rates and dividends that matter to the
 * strategies; a day asked for in process and one replayed over sockets are told the same.
 */
export function recordedKnowledge(
  dataDir: string,
  strategies: StrategyBook,
): (underlyings: readonly string[], date: MarketDate) => Promise<KnownFacts> {
  return async (underlyings, date) =>
    recordedFacts(await openKnownReference(dataDir), underlyings, date, expiryWindow(date, strategies).to);
}
