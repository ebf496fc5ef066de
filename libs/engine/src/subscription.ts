import { type MarketDate, daysBetween } from '@trading-agent/core';
import type { OptionContract, OptionSymbol } from '@trading-agent/instruments';

/** Polygon/Massive allow quotes of 1,000 contracts per connection (PROVIDERS A9). */
export const MAX_QUOTED_CONTRACTS = 1_000;

/**
 * The contracts whose quotes are worth a slot: within the days to expiry, nearest the money first. Adjusted contracts never are.
 * @param slots how many may be taken
 * @returns symbols in text order
 */
export function contractsToQuote(
  contracts: readonly OptionContract[],
  spot: number,
  date: MarketDate,
  dte: { readonly min: number; readonly max: number },
  slots: number,
): readonly OptionSymbol[] {
  return contracts
    .filter((contract) => {
      const days = daysBetween(date, contract.expiry);
      return !contract.adjusted && days >= dte.min && days <= dte.max;
    })
    .map((contract) => ({ symbol: contract.symbol, away: Math.abs(contract.strike - spot) }))
    .sort((a, b) => a.away - b.away || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, Math.max(0, slots))
    .map(({ symbol }) => symbol)
    .sort();
}
