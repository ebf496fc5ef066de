import { type Usd, ZERO_USD, addUsd } from '@trading-agent/core';
import { type OptionContract, type OptionSymbol, type Order, sideOf, sign } from '@trading-agent/instruments';
import { type StructureLeg, collateralPerUnit } from '@trading-agent/portfolio';

export type Contracts = ReadonlyMap<OptionSymbol, OptionContract>;
/** Signed contracts per symbol. */
export type Quantities = ReadonlyMap<OptionSymbol, number>;

/**
 * What must stay in cash for `held`: per underlying the worst payoff of all its positions at any expiry, summed over underlyings. Stricter than
 * a margin account (no offset between underlyings, short puts fully secured), never laxer. `null` when a loss has no bound.
 */
export function collateralOf(held: Quantities, contracts: Contracts): Usd | null {
  const byUnderlying = new Map<string, StructureLeg[]>();
  for (const [symbol, quantity] of held) {
    const contract = contracts.get(symbol);
    if (contract === undefined || quantity === 0) continue;
    const legs = byUnderlying.get(contract.underlying) ?? [];
    legs.push({ contract, signedRatio: quantity });
    byUnderlying.set(contract.underlying, legs);
  }
  let sum = ZERO_USD;
  for (const legs of byUnderlying.values()) {
    const collateral = collateralPerUnit(legs);
    if (collateral === null) return null;
    sum = addUsd(sum, collateral);
  }
  return sum;
}

/** `held` after `units` of `order` have been filled. */
export function afterFill(held: Quantities, order: Order, units: number): Quantities {
  const after = new Map(held);
  for (const leg of order.legs) {
    after.set(leg.symbol, (after.get(leg.symbol) ?? 0) + sign(sideOf(leg.intent)) * leg.ratio * units);
  }
  return after;
}
