import type { OptionRight } from '@trading-agent/instruments';
import { type Candidate, type NoCandidate, candidate } from '../candidate.ts';
import type { StrategyName } from '@trading-agent/config';
import { type BuildContext, entryExpiries, nearestDelta } from './build.ts';

/** Long call or long put: the contract nearest the target delta whose whole premium fits the budget. */
export function buildSingle(
  strategy: StrategyName,
  right: OptionRight,
  context: BuildContext,
): Candidate | NoCandidate {
  const { view, settings } = context;
  const expiries = entryExpiries(context);
  if (expiries.length === 0) return { strategy, reason: 'no-expiry' };
  for (const expiry of expiries) {
    const side = view.side(expiry, right);
    const affordable = side.filter(({ ask, contract }) => ask * contract.multiplier <= context.budget);
    const bought = nearestDelta(affordable, settings.delta) ?? nearestDelta(side, settings.delta);
    if (bought !== null) return candidate(strategy, view.underlying, [{ quoted: bought, side: 'buy' }]);
  }
  return { strategy, reason: 'no-contract-at-delta' };
}
