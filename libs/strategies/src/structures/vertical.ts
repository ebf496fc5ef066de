import { usdToNumber } from '@trading-agent/core';
import type { OptionRight } from '@trading-agent/instruments';
import { type Candidate, type NoCandidate, candidate, isCandidate } from '../candidate.ts';
import type { StrategyName } from '@trading-agent/config';
import { type BuildContext, entryExpiries, nearestDelta, wings } from './build.ts';

/**
 * Debit or credit vertical. The leg nearest the money is chosen by delta: bought in a debit spread, sold in a credit spread; the other
 * lies farther out of the money by about the wanted width. Widths that fit the budget are preferred.
 */
export function buildVertical(
  strategy: StrategyName,
  right: OptionRight,
  near: 'buy' | 'sell',
  context: BuildContext,
): Candidate | NoCandidate {
  const { view, settings } = context;
  const expiries = entryExpiries(context);
  if (expiries.length === 0) return { strategy, reason: 'no-expiry' };
  const outward = right === 'call' ? 1 : -1;
  let none: NoCandidate = { strategy, reason: 'no-contract-at-delta' };
  for (const expiry of expiries) {
    const side = view.side(expiry, right);
    const inner = nearestDelta(side, settings.delta);
    if (inner === null) continue;
    let first: Candidate | null = null;
    none = { strategy, reason: 'no-wing' };
    for (const outer of wings(side, inner, outward, settings.width * view.spot)) {
      const built = candidate(strategy, view.underlying, [
        { quoted: inner, side: near },
        { quoted: outer, side: near === 'buy' ? 'sell' : 'buy' },
      ]);
      if (!isCandidate(built)) {
        none = built;
        continue;
      }
      if (built.maxLossPerUnit !== null && usdToNumber(built.maxLossPerUnit) <= context.budget) return built;
      first ??= built;
    }
    if (first !== null) return first;
  }
  return none;
}
