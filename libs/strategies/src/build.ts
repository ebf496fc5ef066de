import { unreachable } from '@trading-agent/core';
import type { Candidate, NoCandidate } from './candidate.ts';
import type { ChainView } from './chain-view.ts';
import type { StrategyBook, StrategyName } from '@trading-agent/config';
import type { BuildContext } from './structures/build.ts';
import { buildIronCondor } from './structures/iron-condor.ts';
import { buildSingle } from './structures/single.ts';
import { buildVertical } from './structures/vertical.ts';
import type { View } from './view.ts';

/** The structures that express a view, the most fitting first. */
export function structuresFor(view: View): readonly StrategyName[] {
  switch (view.direction) {
    case 'neutral':
      return view.volatility === 'cheap' ? [] : ['iron-condor'];
    case 'up':
      if (view.conviction === 'strong') return ['long-call', 'bull-call-spread'];
      return view.volatility === 'rich'
        ? ['bull-put-spread', 'bull-call-spread']
        : ['bull-call-spread', 'bull-put-spread'];
    case 'down':
      if (view.conviction === 'strong') return ['long-put', 'bear-put-spread'];
      return view.volatility === 'rich'
        ? ['bear-call-spread', 'bear-put-spread']
        : ['bear-put-spread', 'bear-call-spread'];
    default:
      return unreachable(view.direction);
  }
}

/**
 * Builds one structure from a chain as it stands, by delta, days to expiry and width.
 * @param budget dollars that one unit may lose at most; a structure beyond it is still offered when nothing smaller exists, for risk to refuse
 */
export function buildStructure(
  strategy: StrategyName,
  view: ChainView,
  book: StrategyBook,
  budget: number,
): Candidate | NoCandidate {
  const settings = book[strategy];
  if (!settings.enabled) return { strategy, reason: 'disabled' };
  const context: BuildContext = { view, settings, budget };
  switch (strategy) {
    case 'long-call':
      return buildSingle(strategy, 'call', context);
    case 'long-put':
      return buildSingle(strategy, 'put', context);
    case 'bull-call-spread':
      return buildVertical(strategy, 'call', 'buy', context);
    case 'bear-put-spread':
      return buildVertical(strategy, 'put', 'buy', context);
    case 'bull-put-spread':
      return buildVertical(strategy, 'put', 'sell', context);
    case 'bear-call-spread':
      return buildVertical(strategy, 'call', 'sell', context);
    case 'iron-condor':
      return buildIronCondor(context);
    default:
      return unreachable(strategy);
  }
}
