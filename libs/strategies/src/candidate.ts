import type { Usd } from '@trading-agent/core';
import { type OptionContract, type OrderLeg, netPrice, sideOf, sign } from '@trading-agent/instruments';
import { usd, ZERO_USD } from '@trading-agent/core';
import { collateralPerUnit, maxGainPerUnit, maxLossPerUnit } from '@trading-agent/portfolio';
import type { QuotedContract } from './chain-view.ts';
import type { StrategyName } from '@trading-agent/config';

/** A structure that could be opened now, per unit. */
export interface Candidate {
  readonly strategy: StrategyName;
  readonly underlying: string;
  readonly legs: readonly OrderLeg[];
  readonly contracts: readonly OptionContract[];
  /** Signed net price per share at the quotes' far sides (buy at ask, sell at bid): debit positive, credit negative. */
  readonly natural: number;
  /** Signed net price per share at the midpoints. */
  readonly mid: number;
  readonly maxLossPerUnit: Usd | null;
  /** `null` when unbounded. */
  readonly maxGainPerUnit: Usd | null;
  /** Premium paid, or collateral reserved, per unit. */
  readonly committedPerUnit: Usd;
  /** Delta of one unit in shares. */
  readonly delta: number;
}

/** Why a strategy built nothing. */
export interface NoCandidate {
  readonly strategy: StrategyName;
  readonly reason: 'disabled' | 'no-expiry' | 'no-contract-at-delta' | 'no-wing' | 'worthless';
}

/** One leg of a structure in the making: what is bought or sold, once per unit. */
export interface PlannedLeg {
  readonly quoted: QuotedContract;
  readonly side: 'buy' | 'sell';
}

/** Prices a planned structure at the present quotes; `worthless` when it or a leg of it would cost or bring nothing, or it can't lose (a bad quote). */
export function candidate(
  strategy: StrategyName,
  underlying: string,
  planned: readonly PlannedLeg[],
): Candidate | NoCandidate {
  const legs: readonly OrderLeg[] = planned.map(({ quoted, side }) => ({
    symbol: quoted.contract.symbol,
    ratio: 1,
    intent: side === 'buy' ? 'buy_to_open' : 'sell_to_open',
  }));
  const prices = planned.map(({ quoted, side }) => (side === 'buy' ? quoted.ask : quoted.bid));
  // Nobody sells for nothing: a price of 0 is no bid.
  if (prices.some((price) => price <= 0)) return { strategy, reason: 'worthless' };
  const natural = netPrice(legs, prices);
  const mid = netPrice(
    legs,
    planned.map(({ quoted }) => quoted.mid),
  );
  const payoffLegs = planned.map(({ quoted, side }) => ({ contract: quoted.contract, signedRatio: sign(side) }));
  const maxLoss = maxLossPerUnit(payoffLegs, natural);
  const collateral = collateralPerUnit(payoffLegs);
  const multiplier = planned[0]?.quoted.contract.multiplier ?? 100;
  const credit = planned.some(({ side }) => side === 'sell') && natural < 0;
  if (natural === 0 || collateral === null || maxLoss === null || maxLoss <= ZERO_USD)
    return { strategy, reason: 'worthless' };
  // A credit structure must bring a credit and a debit structure cost a debit; crossed wings would turn one into the other.
  if (collateral > ZERO_USD !== credit) return { strategy, reason: 'worthless' };
  let delta = 0;
  for (const [index, leg] of legs.entries())
    delta += sign(sideOf(leg.intent)) * (planned[index]?.quoted.delta ?? 0) * multiplier;
  return {
    strategy,
    underlying,
    legs,
    contracts: planned.map(({ quoted }) => quoted.contract),
    natural,
    mid,
    maxLossPerUnit: maxLoss,
    maxGainPerUnit: maxGainPerUnit(payoffLegs, natural),
    committedPerUnit: credit ? collateral : usd(natural * multiplier),
    delta,
  };
}

export function isCandidate(value: Candidate | NoCandidate): value is Candidate {
  return 'legs' in value;
}
