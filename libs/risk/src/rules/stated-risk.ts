import { addUsd, type Usd, usd, usdToNumber } from '@trading-agent/core';
import { besideShares, collateralPerUnit, maxLossPerUnit } from '@trading-agent/portfolio';
import { atMost, type OpeningRule, type Prospect, UNMEASURED } from './rule.ts';

/**
 * The stated worst loss and capital are what the limits are measured with, so they are derived again from contracts and limit price. The
 * number is the dollars by which the truth exceeds the statement, per unit. Calls that shares cover are no risk of the order, everything else of it is; that
 * the shares are there and free is the business of margin.
 */
export const statedRisk: OpeningRule = {
  code: 'stated-risk',
  sized: false,
  check: (prospect) => atMost(understatement(prospect), 0, 'usd'),
};

function understatement({ order: { limit }, intent, effect }: Prospect): number {
  const structure = effect.unit?.map(({ contract, quantity }) => ({ contract, signedRatio: quantity }));
  if (structure === undefined) return UNMEASURED;
  const multiplier = structure[0]?.contract.multiplier ?? Number.NaN;
  // Without a price the loss has no bound, and a net price means nothing over different multipliers.
  if (limit === null || structure.some(({ contract }) => contract.multiplier !== multiplier)) return UNMEASURED;
  const { shares = 0 } = intent;
  const own = shares > 0 ? besideShares(structure, shares) : structure;
  if (own === null) return UNMEASURED;
  const collateral = collateralPerUnit(own);
  // An unbounded loss is the business of risk per trade; whoever states a bound for it has stated too little.
  const loss = maxLossPerUnit(own, limit);
  if (collateral === null || loss === null) return intent.maxLossPerUnit === null ? 0 : UNMEASURED;
  const committed = addUsd(collateral, usd(Math.max(0, limit) * multiplier));
  return Math.max(
    0,
    intent.maxLossPerUnit === null ? 0 : excess(loss, intent.maxLossPerUnit),
    excess(committed, intent.committedPerUnit),
  );
}

function excess(real: Usd, stated: Usd): number {
  return usdToNumber(real) - usdToNumber(stated);
}
