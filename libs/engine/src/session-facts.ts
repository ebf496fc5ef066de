import { addDays, deriveUuid, type MarketDate } from '@trading-agent/core';
import { type OptionContract, compareContracts } from '@trading-agent/instruments';
import type { StrategyBook } from '@trading-agent/config';
import { reachOf } from './config.ts';

/** First and last expiry that the strategies could trade on `date`, both inclusive. */
export function expiryWindow(
  date: MarketDate,
  strategies: StrategyBook,
): { readonly from: MarketDate; readonly to: MarketDate } {
  const reach = reachOf(strategies);
  return { from: addDays(date, reach.min), to: addDays(date, reach.max) };
}

/** The contracts a session event carries: of the underlyings, within the expiry window, in canonical order. */
export function sessionContracts(
  contracts: readonly OptionContract[],
  underlyings: readonly string[],
  window: { readonly from: MarketDate; readonly to: MarketDate },
): readonly OptionContract[] {
  const wanted = new Set(underlyings);
  return contracts
    .filter(({ underlying, expiry }) => wanted.has(underlying) && expiry >= window.from && expiry <= window.to)
    .toSorted(compareContracts);
}

/** The session key of one run: client order ids derive from it. */
export function sessionKey(account: string, date: MarketDate, run: number): string {
  return deriveUuid('session', account, date, run);
}
