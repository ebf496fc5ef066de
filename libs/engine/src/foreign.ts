import { type Usd, ZERO_USD } from '@trading-agent/core';
import { sideOf, sign } from '@trading-agent/instruments';
import { maxLossPerUnit, type StructureLeg, uncoveredShorts } from '@trading-agent/portfolio';
import type { OpenExposure } from '@trading-agent/risk';
import { type EngineState, equityOf, markOf } from './state.ts';
import type { StructurePosition } from './structure-position.ts';

/**
 * What the foreign options of each underlying can lose from here to their expiry; short calls that foreign shares don't cover have no bound and
 * count as the whole account. Foreign shares count in margin, greeks and stress, as all shares do.
 */
export function foreignExposures(state: EngineState): readonly OpenExposure[] {
  const groups = new Map<string, StructurePosition[]>();
  for (const structure of state.structures.values()) {
    if (!structure.foreign || structure.open === 0) continue;
    groups.set(structure.underlying, [...(groups.get(structure.underlying) ?? []), structure]);
  }
  return [...groups].map(([underlying, group]) => {
    const maxLoss = worstLoss(state, underlying, group) ?? equityOf(state);
    return { underlying, maxLoss, committed: maxLoss };
  });
}

function worstLoss(state: EngineState, underlying: string, group: readonly StructurePosition[]): Usd | null {
  const legs: StructureLeg[] = [];
  for (const { legs: own, contracts, open } of group) {
    const [leg] = own;
    const [contract] = contracts;
    if (leg !== undefined && contract !== undefined)
      legs.push({ contract, signedRatio: sign(sideOf(leg.intent)) * open });
  }
  const multiplier = legs[0]?.contract.multiplier;
  if (multiplier === undefined || legs.some(({ contract }) => contract.multiplier !== multiplier)) return null;
  const calls = uncoveredShorts(legs).filter(({ contract }) => contract.right === 'call');
  const covered = calls.reduce((sum, { quantity }) => sum + quantity * multiplier, 0);
  // A call that shares cover takes their gain away, which is no loss from here.
  const shares = state.foreign[underlying] ?? 0;
  const counted =
    covered > 0 && covered <= shares
      ? legs.filter(({ contract, signedRatio }) => signedRatio > 0 || contract.right === 'put')
      : legs;
  let worth = 0;
  for (const { contract, signedRatio } of counted) {
    const mark = markOf(state, contract.symbol);
    if (mark === null) return null;
    worth += mark * signedRatio;
  }
  return counted.length === 0 ? ZERO_USD : maxLossPerUnit(counted, worth);
}
