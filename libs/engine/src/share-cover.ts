import { type OptionRight, sideOf, sign } from '@trading-agent/instruments';
import { type StructureLeg, uncoveredShorts } from '@trading-agent/portfolio';
import type { Reason } from './decisions.ts';
import { type EngineState, heldAgainst, heldOf, type WorkingOrder } from './state.ts';
import { type StructurePosition, unitsAtRisk } from './structure-position.ts';
import { isWorthless } from './worthless-legs.ts';

/** Shares of `ticker`, of the sign held, that sold options need: calls need long ones, puts short ones. */
export function coverNeeded(state: EngineState, ticker: string): number {
  const right: OptionRight = heldOf(state, ticker) < 0 ? 'put' : 'call';
  let needed = 0;
  const explained = new Map<string, number>();
  for (const structure of state.structures.values()) {
    const units = unitsAtRisk(structure);
    if (structure.underlying !== ticker || units === 0) continue;
    const legs = structure.legs.flatMap(({ symbol, intent, ratio }) => {
      const signedRatio = sign(sideOf(intent)) * ratio * units;
      explained.set(symbol, (explained.get(symbol) ?? 0) + signedRatio);
      const contract = structure.contracts.find((candidate) => candidate.symbol === symbol);
      return contract === undefined ? [] : [{ contract, signedRatio }];
    });
    // A sold leg is covered by a bought one of its own package, which goes with it; what others have bought may go before it.
    for (const { contract, quantity } of uncoveredShorts(legs))
      if (contract.right === right) needed += quantity * contract.multiplier;
  }
  // What no structure knows of counts as well: executions of orders that are not ours.
  for (const { symbol, quantity, multiplier } of state.portfolio.positions()) {
    const contract = state.contract(symbol);
    if (contract.underlying !== ticker || contract.right !== right) continue;
    needed += Math.max(0, (explained.get(symbol) ?? 0) - quantity) * multiplier;
  }
  return needed;
}

/** Why an order that closes shares is to be taken back; `null` while all that it would still close may go. */
export function whySharesStay(
  state: EngineState,
  { order, filled, exit: { ticker } }: WorkingOrder & { readonly purpose: 'shares' },
): Reason | null {
  const rest = order.quantity - filled;
  const [leg] = order.legs;
  const free = (leg === undefined ? 0 : heldAgainst(state, leg)) - coverNeeded(state, ticker);
  // An option was sold, or a fill came, that nobody expected any more.
  if (rest > free)
    return { rule: 'keeps-cover', text: `Would close ${rest} shares of ${ticker}, ${free} are there to be closed` };
  if (state.flattening) return null;
  const leaving = state.leaving.get(ticker)?.quantity ?? 0;
  const text = `Would close ${rest} shares of ${ticker} for a flatten that has been lifted; ${leaving} are to go without it`;
  return rest > leaving ? { rule: 'flatten-lifted', text } : null;
}

/**
 * True when selling what was divided off as worthless would leave a sold option without cover: it goes after what it covers. Nothing else waits:
 * a put that cash secures, or a call that shares cover, takes no other structure's exit away.
 */
export function leavesUncovered(state: EngineState, structure: StructurePosition): boolean {
  const { underlying, legs, open } = structure;
  if (!isWorthless(structure) || legs.some(({ intent }) => sideOf(intent) === 'sell')) return false;
  const before: StructureLeg[] = [];
  const after: StructureLeg[] = [];
  for (const { symbol, quantity } of state.portfolio.positions()) {
    const contract = state.contract(symbol);
    if (contract.underlying !== underlying) continue;
    before.push({ contract, signedRatio: quantity });
    const goes = (legs.find((leg) => leg.symbol === symbol)?.ratio ?? 0) * open;
    after.push({ contract, signedRatio: quantity - Math.min(goes, Math.max(0, quantity)) });
  }
  const shares = heldOf(state, underlying);
  return (['call', 'put'] as const).some((right) => {
    const covered = Math.max(0, right === 'call' ? shares : -shares);
    return neededBy(after, right) > Math.max(covered, neededBy(before, right));
  });
}

function neededBy(legs: readonly StructureLeg[], right: OptionRight): number {
  return uncoveredShorts(legs)
    .filter(({ contract }) => contract.right === right)
    .reduce((sum, { contract, quantity }) => sum + quantity * contract.multiplier, 0);
}
