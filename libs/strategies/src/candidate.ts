import { addUsd, usd, type Usd, ZERO_USD } from '@trading-agent/core';
import { type OptionContract, type OptionLeg, netPrice, sideOf, sign } from '@trading-agent/instruments';
import {
  besideShares,
  breakevens,
  collateralPerUnit,
  maxGainPerUnit,
  maxLossPerUnit,
  type StructureLeg,
} from '@trading-agent/portfolio';
import type { StrategyName } from '@trading-agent/config';
import type { QuotedContract } from './chain-view.ts';

/** A structure that could be opened now, per unit. */
export interface Candidate {
  readonly strategy: StrategyName;
  readonly underlying: string;
  readonly legs: readonly OptionLeg[];
  readonly contracts: readonly OptionContract[];
  /** The legs' quotes and figures, in leg order. */
  readonly quoted: readonly QuotedContract[];
  /** Shares that must be held for one unit; 0 when the options stand alone. */
  readonly shares: number;
  /** Signed net price per share at the quotes' far sides (buy at ask, sell at bid): debit positive, credit negative. */
  readonly natural: number;
  /** Signed net price per share at the midpoints. */
  readonly mid: number;
  /** Of the options alone; with shares, what the order adds to the loss that the shares already carry. */
  readonly maxLossPerUnit: Usd;
  /** `null` when unbounded, or when the legs expire on different days. */
  readonly maxGainPerUnit: Usd | null;
  /** Premium paid, or collateral reserved, per unit. */
  readonly committedPerUnit: Usd;
  /** Delta of one unit in shares. */
  readonly delta: number;
  /** Prices at expiry without gain or loss; empty when the legs expire on different days or shares are part of it. */
  readonly breakevens: readonly number[];
}

/** Why a strategy built nothing. */
export interface NoCandidate {
  readonly strategy: StrategyName;
  readonly reason:
    | 'disabled'
    | 'balance-too-small'
    | 'no-shares'
    | 'no-expiry'
    | 'no-contract-at-delta'
    | 'no-wing'
    | 'worthless';
}

/** One leg of a structure in the making. */
export interface PlannedLeg {
  readonly quoted: QuotedContract;
  readonly side: 'buy' | 'sell';
  readonly ratio: number;
}

/**
 * Prices a planned structure at the present quotes; `worthless` when it or a leg of it would cost or bring nothing, when it can't lose (a bad
 * quote), or when a sold leg is covered by nothing (such a loss has no bound).
 * @param shares that the account holds for each unit
 */
export function candidate(
  strategy: StrategyName,
  underlying: string,
  planned: readonly PlannedLeg[],
  shares = 0,
): Candidate | NoCandidate {
  const worthless: NoCandidate = { strategy, reason: 'worthless' };
  const legs: readonly OptionLeg[] = planned.map(({ quoted, side, ratio }) => ({
    symbol: quoted.contract.symbol,
    ratio,
    intent: side === 'buy' ? 'buy_to_open' : 'sell_to_open',
  }));
  if (new Set(legs.map(({ symbol }) => symbol)).size !== legs.length) return worthless;
  const prices = planned.map(({ quoted, side }) => (side === 'buy' ? quoted.ask : quoted.bid));
  // Nobody sells for nothing: a price of 0 is no bid.
  if (prices.some((price) => price <= 0)) return worthless;
  const natural = netPrice(legs, prices);
  if (natural === 0) return worthless;
  const payoff: StructureLeg[] = planned.map(({ quoted, side, ratio }) => ({
    contract: quoted.contract,
    signedRatio: sign(side) * ratio,
  }));
  const multiplier = planned[0]?.quoted.contract.multiplier ?? 100;
  const money =
    shares > 0 ? withShares(payoff, natural, multiplier, shares) : alone(payoff, natural, multiplier, planned);
  if (money === null) return worthless;
  const oneExpiry = new Set(planned.map(({ quoted }) => quoted.contract.expiry)).size === 1;
  let delta = 0;
  for (const [index, leg] of legs.entries())
    delta += sign(sideOf(leg.intent)) * leg.ratio * (planned[index]?.quoted.delta ?? 0) * multiplier;
  return {
    strategy,
    underlying,
    legs,
    contracts: planned.map(({ quoted }) => quoted.contract),
    quoted: planned.map(({ quoted }) => quoted),
    shares,
    natural,
    mid: netPrice(
      legs,
      planned.map(({ quoted }) => quoted.mid),
    ),
    ...money,
    maxGainPerUnit: oneExpiry && shares === 0 ? maxGainPerUnit(payoff, natural) : null,
    delta,
    breakevens: oneExpiry && shares === 0 ? breakevens(payoff, natural) : [],
  };
}

export function isCandidate(value: Candidate | NoCandidate): value is Candidate {
  return 'legs' in value;
}

type Money = Pick<Candidate, 'maxLossPerUnit' | 'committedPerUnit'>;

function alone(
  payoff: readonly StructureLeg[],
  natural: number,
  multiplier: number,
  planned: readonly PlannedLeg[],
): Money | null {
  const maxLoss = maxLossPerUnit(payoff, natural);
  const collateral = collateralPerUnit(payoff);
  if (collateral === null || maxLoss === null || maxLoss <= ZERO_USD) return null;
  const credit = planned.some(({ side }) => side === 'sell') && natural < 0;
  // A credit structure must bring a credit and a debit structure cost a debit; crossed wings would turn one into the other.
  if (collateral > ZERO_USD !== credit) return null;
  return { maxLossPerUnit: maxLoss, committedPerUnit: credit ? collateral : usd(natural * multiplier) };
}

/** Against shares: every sold call is covered by a bought one or by the shares, and no put is sold uncovered. What shares cover is their risk. */
function withShares(
  payoff: readonly StructureLeg[],
  natural: number,
  multiplier: number,
  shares: number,
): Money | null {
  const own = besideShares(payoff, shares);
  const loss = own === null ? null : maxLossPerUnit(own, natural);
  const collateral = own === null ? null : collateralPerUnit(own);
  if (loss === null || collateral === null) return null;
  return { maxLossPerUnit: loss, committedPerUnit: addUsd(collateral, usd(Math.max(0, natural) * multiplier)) };
}
