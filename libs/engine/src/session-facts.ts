import { addDays, deriveUuid, type MarketDate } from '@trading-agent/core';
import { type OptionContract, compareContracts, isOptionSymbol, optionContract } from '@trading-agent/instruments';
import type { StrategyBook } from '@trading-agent/config';
import { reachOf } from './config.ts';
import type { TakenOver } from './taken-over.ts';

/** First and last expiry that the strategies could trade on `date`, both inclusive. */
export function expiryWindow(
  date: MarketDate,
  strategies: StrategyBook,
): { readonly from: MarketDate; readonly to: MarketDate } {
  const reach = reachOf(strategies);
  return { from: addDays(date, reach.min), to: addDays(date, reach.max) };
}

/** The contracts a session event carries: of the underlyings, within the expiry window, and what is held; in canonical order. */
export function sessionContracts(
  contracts: readonly OptionContract[],
  underlyings: readonly string[],
  window: { readonly from: MarketDate; readonly to: MarketDate },
  held: TakenOver | null = null,
): readonly OptionContract[] {
  const wanted = new Set(underlyings);
  const found = new Map<string, OptionContract>();
  // A symbol tells the terms of what is held beyond the window; within it the market does.
  for (const { symbol } of held?.positions ?? []) if (isOptionSymbol(symbol)) found.set(symbol, optionContract(symbol));
  for (const contract of contracts) {
    const { symbol, underlying, expiry } = contract;
    if (wanted.has(underlying) && expiry >= window.from && expiry <= window.to) found.set(symbol, contract);
  }
  return [...found.values()].sort(compareContracts);
}

/** As exchanges write a stock's ticker: what a broker holds besides (crypto, bonds) has no bars to follow. */
const TICKER = /^[A-Z]{1,6}(\.[A-Z])?$/;

/** Underlyings on which something is held and nothing may be opened, sorted. */
export function heldOnly(held: TakenOver | null, underlyings: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const { symbol } of held?.positions ?? [])
    found.add(isOptionSymbol(symbol) ? optionContract(symbol).underlying : symbol);
  for (const symbol of underlyings) found.delete(symbol);
  return [...found].filter((symbol) => TICKER.test(symbol)).sort();
}

/** The session key of one run: client order ids derive from it. */
export function sessionKey(account: string, date: MarketDate, run: number): string {
  return deriveUuid('session', account, date, run);
}
