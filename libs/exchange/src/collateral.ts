import { type Usd, ZERO_USD, addUsd, usd, usdFromMicros } from '@trading-agent/core';
import { type OptionContract, type OptionSymbol, type Order, sideOf, sign } from '@trading-agent/instruments';
import { type StructureLeg, collateralPerUnit, payoffAt } from '@trading-agent/portfolio';

export type Contracts = ReadonlyMap<string, OptionContract>;
/** Signed contracts per symbol. */
export type Quantities = ReadonlyMap<OptionSymbol, number>;

/** Signed contracts and signed shares of one account. */
export interface Holdings {
  readonly options: Quantities;
  readonly shares: ReadonlyMap<string, number>;
}

/**
 * What must stay in cash for `held`: per underlying the worst payoff of all its positions at any expiry, summed over underlyings. Stricter than
 * a margin account (no offset between underlyings, short puts fully secured), never laxer. Shares count with the options on them, and where
 * they make the worst case worth something, less than nothing has to stay: after an assignment the cash was paid for them. `null` when a
 * loss has no bound.
 */
export function collateralOf({ options, shares }: Holdings, contracts: Contracts): Usd | null {
  const byUnderlying = new Map<string, StructureLeg[]>();
  for (const ticker of shares.keys()) byUnderlying.set(ticker, []);
  for (const [symbol, quantity] of options) {
    const contract = contracts.get(symbol);
    if (contract === undefined || quantity === 0) continue;
    const legs = byUnderlying.get(contract.underlying) ?? [];
    legs.push({ contract, signedRatio: quantity });
    byUnderlying.set(contract.underlying, legs);
  }
  let sum = ZERO_USD;
  for (const [underlying, legs] of byUnderlying) {
    const owned = shares.get(underlying) ?? 0;
    const collateral = owned === 0 ? collateralPerUnit(legs) : collateralWithShares(legs, owned);
    if (collateral === null) return null;
    sum = addUsd(sum, collateral);
  }
  return sum;
}

/**
 * As `collateralPerUnit`, with shares that are worth the spot and live as long as any option on them. Negative when even the worst case is
 * worth something.
 */
function collateralWithShares(legs: readonly StructureLeg[], owned: number): Usd | null {
  let worst = Number.POSITIVE_INFINITY;
  const expiries = new Set(legs.map(({ contract }) => contract.expiry));
  const lives =
    expiries.size === 0 ? [[]] : [...expiries].map((day) => legs.filter((leg) => leg.contract.expiry >= day));
  for (const alive of lives) {
    const slope = alive.reduce(
      (sum, { contract, signedRatio }) => sum + (contract.right === 'call' ? signedRatio * contract.multiplier : 0),
      owned,
    );
    if (slope < 0) return null;
    for (const spot of [0, ...alive.map(({ contract }) => contract.strike)]) {
      worst = Math.min(worst, payoffAt(alive, spot) + usd(spot) * owned);
    }
  }
  return usdFromMicros(-worst);
}

/** `held` after `units` of `order` have been filled. */
export function afterFill({ options, shares }: Holdings, order: Order, units: number): Holdings {
  const after = new Map(options);
  for (const leg of order.legs) {
    after.set(leg.symbol, (after.get(leg.symbol) ?? 0) + sign(sideOf(leg.intent)) * leg.ratio * units);
  }
  return { options: after, shares };
}
