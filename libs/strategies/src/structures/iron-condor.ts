import { usdToNumber } from '@trading-agent/core';
import { type Candidate, type NoCandidate, candidate, isCandidate } from '../candidate.ts';
import { type BuildContext, entryExpiries, nearestDelta, wings } from './build.ts';

/** How many of the nearest wings are tried on each side. */
const WINGS_TRIED = 8;

/** Iron condor: a put and a call sold at the target delta, each protected by a bought wing about `width` farther out. */
export function buildIronCondor(context: BuildContext): Candidate | NoCandidate {
  const strategy = 'iron-condor';
  const { view, settings } = context;
  const expiries = entryExpiries(context);
  if (expiries.length === 0) return { strategy, reason: 'no-expiry' };
  let none: NoCandidate = { strategy, reason: 'no-contract-at-delta' };
  for (const expiry of expiries) {
    const puts = view.side(expiry, 'put');
    const calls = view.side(expiry, 'call');
    const soldPut = nearestDelta(puts, settings.delta);
    const soldCall = nearestDelta(calls, settings.delta);
    if (soldPut === null || soldCall === null || soldPut.contract.strike >= soldCall.contract.strike) continue;
    none = { strategy, reason: 'no-wing' };
    let first: Candidate | null = null;
    for (const boughtPut of wings(puts, soldPut, -1, settings.width * view.spot).slice(0, WINGS_TRIED)) {
      for (const boughtCall of wings(calls, soldCall, 1, settings.width * view.spot).slice(0, WINGS_TRIED)) {
        const built = candidate(strategy, view.underlying, [
          { quoted: boughtPut, side: 'buy' },
          { quoted: soldPut, side: 'sell' },
          { quoted: soldCall, side: 'sell' },
          { quoted: boughtCall, side: 'buy' },
        ]);
        if (!isCandidate(built)) {
          none = built;
          continue;
        }
        if (built.maxLossPerUnit !== null && usdToNumber(built.maxLossPerUnit) <= context.budget) return built;
        first ??= built;
      }
    }
    if (first !== null) return first;
  }
  return none;
}
