import type { StrategyBook } from '@trading-agent/config';
import { usdToNumber } from '@trading-agent/core';
import { visitCombinations } from './build.ts';
import type { ChainView } from './chain-view.ts';

/**
 * Worst loss, in dollars, of the cheapest single unit that any enabled strategy could build on the chain as it stands, whatever the view;
 * `null` when none can be built. What stands on shares does not count: it needs them first. The combinations are those that a ranking looks
 * at, so an account that may lose less than this in one trade can open nothing here.
 * @param enough a loss that need not be beaten: the first unit within it ends the search and is the answer; 0 for the cheapest of all
 */
export function cheapestLoss(chain: ChainView, book: StrategyBook, enough = 0): number | null {
  let least: number | null = null;
  for (const [strategy, settings] of Object.entries(book)) {
    if (settings.shares > 0) continue;
    visitCombinations(strategy, chain, settings, ({ maxLossPerUnit }) => {
      least = Math.min(least ?? Number.POSITIVE_INFINITY, usdToNumber(maxLossPerUnit));
      return least > enough;
    });
    if (least !== null && least <= enough) return least;
  }
  return least;
}
