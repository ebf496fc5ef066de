import { type Usd, usd, usdToNumber, ZERO_USD } from '@trading-agent/core';
import { type OptionContract, opens, sideOf, sign } from '@trading-agent/instruments';
import { collateralPerUnit, maxLossPerUnit, type StructureLeg } from '@trading-agent/portfolio';
import type { OpeningIntent } from '../context.ts';
import { atMost, type OpeningRule, UNMEASURED } from './rule.ts';

/** An order that opens must not close on the way: what is held is guarded by `evaluateClosing` alone. The number is the legs that close. */
export const opensOnly: OpeningRule = ({ order }) =>
  atMost('opens-only', order.legs.filter((leg) => !opens(leg.intent)).length, 0, 'count');

/**
 * Every leg must be a known, standard contract of the order's own underlying: limits per underlying are counted by that name. The number is
 * the legs that are not.
 */
export const tradableContracts: OpeningRule = (intent) => {
  const unfit = intent.order.legs.filter((leg) => {
    const contract = contractOf(intent, leg.symbol);
    return contract === undefined || contract.adjusted || contract.underlying !== intent.order.underlying;
  });
  return atMost('tradable-contracts', unfit.length, 0, 'count');
};

/**
 * The stated worst loss and capital are what every limit is measured with, so they are derived again from contracts and limit price. The
 * number is the dollars by which the truth exceeds the statement, per unit.
 */
export const statedRisk: OpeningRule = (intent) => atMost('stated-risk', understatement(intent), 0, 'usd');

function understatement(intent: OpeningIntent): number {
  const { legs, limit } = intent.order;
  const structure: StructureLeg[] = [];
  for (const leg of legs) {
    const contract = contractOf(intent, leg.symbol);
    if (contract === undefined) return UNMEASURED;
    structure.push({ contract, signedRatio: sign(sideOf(leg.intent)) * leg.ratio });
  }
  const multiplier = structure[0]?.contract.multiplier ?? Number.NaN;
  // Without a price the loss has no bound, and a net price means nothing over different multipliers.
  if (limit === null || structure.some(({ contract }) => contract.multiplier !== multiplier)) return UNMEASURED;
  const collateral = collateralPerUnit(structure);
  // An unbounded loss is the business of risk per trade; whoever states a bound for it has stated too little.
  const loss = maxLossPerUnit(structure, limit);
  if (collateral === null || loss === null) return intent.maxLossPerUnit === null ? 0 : UNMEASURED;
  const committed = collateral > ZERO_USD ? collateral : usd(Math.max(0, limit) * multiplier);
  const excess = (real: Usd, stated: Usd): number => usdToNumber(real) - usdToNumber(stated);
  return Math.max(
    0,
    intent.maxLossPerUnit === null ? 0 : excess(loss, intent.maxLossPerUnit),
    excess(committed, intent.committedPerUnit),
  );
}

function contractOf(intent: OpeningIntent, symbol: string): OptionContract | undefined {
  return intent.contracts.find((contract) => contract.symbol === symbol);
}
