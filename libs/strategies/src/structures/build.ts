import type { MarketDate } from '@trading-agent/core';
import type { ChainView, QuotedContract } from '../chain-view.ts';
import type { StrategySettings } from '@trading-agent/config';
import type { DeltaRange } from '../settings.ts';

/** What a structure is built from. */
export interface BuildContext {
  readonly view: ChainView;
  readonly settings: StrategySettings;
  /** Dollars that one unit may lose at most; used to prefer what the account can afford, never to bypass risk. */
  readonly budget: number;
}

/**
 * Expiries within the strategy's days to expiry, nearest first. Those that its own expiry exit would leave at once are left out: opening
 * them would only pay the spread, again and again.
 */
export function entryExpiries({ view, settings }: BuildContext): readonly MarketDate[] {
  return view.expiries({ min: Math.max(settings.dte.min, settings.exit.minDte + 1), max: settings.dte.max });
}

/** The contract whose absolute delta is nearest the target within the range; the lower strike wins a tie. */
export function nearestDelta(contracts: readonly QuotedContract[], range: DeltaRange): QuotedContract | null {
  let best: QuotedContract | null = null;
  for (const quoted of contracts) {
    const delta = Math.abs(quoted.delta);
    if (delta < range.min || delta > range.max) continue;
    if (best === null || Math.abs(delta - range.target) < Math.abs(Math.abs(best.delta) - range.target)) best = quoted;
  }
  return best;
}

/**
 * Quoted contracts beyond `from` in the direction given, nearest the wanted distance first and never farther than twice of it.
 * @param distance dollars, positive
 */
export function wings(
  contracts: readonly QuotedContract[],
  from: QuotedContract,
  direction: 1 | -1,
  distance: number,
): readonly QuotedContract[] {
  return contracts
    .map((quoted) => ({ quoted, away: (quoted.contract.strike - from.contract.strike) * direction }))
    .filter(({ away }) => away > 0 && away <= 2 * distance)
    .sort((a, b) => Math.abs(a.away - distance) - Math.abs(b.away - distance) || a.away - b.away)
    .map(({ quoted }) => quoted);
}
