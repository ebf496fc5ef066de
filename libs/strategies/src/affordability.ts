import { type Tier, tierFor } from '@trading-agent/account-tiers';
import type { RiskTolerance, TierTable } from '@trading-agent/config';
import { type MarketDate, type Micros, usd, usdToNumber } from '@trading-agent/core';
import type { Candidate } from './candidate.ts';
import { openingFees } from './score.ts';

/** What one unit really costs, dollars. */
export interface OneLotCost {
  /** Paid (positive) or received (negative) at the far sides. */
  readonly premium: number;
  /** Cash that is set aside; 0 for what is bought. */
  readonly collateral: number;
  /** What the account must hold while the position is open. */
  readonly maintenance: number;
  readonly maxLoss: number;
  readonly maxGain: number | null;
  /** To open and to close. */
  readonly fees: number;
  /** `fees` over the premium, paid or received. */
  readonly feeShare: number;
  /** Price of the shares that have to be there. */
  readonly shares: number;
}

/** One rule with its number; the smallest balance at which it passes, `null` when no balance helps. */
export interface AffordabilityCheck {
  readonly rule: 'risk-per-trade' | 'position-size' | 'buying-power' | 'portfolio-risk' | 'fee-share' | 'shares';
  readonly passed: boolean;
  readonly actual: number;
  readonly limit: number;
  readonly unit: 'usd' | 'ratio';
  readonly smallestBalance: number | null;
}

export interface Affordability {
  readonly cost: OneLotCost;
  readonly fits: boolean;
  readonly checks: readonly AffordabilityCheck[];
  /** Smallest balance at which every rule passes, to the cent; `null` when no balance helps. */
  readonly smallestBalance: number | null;
}

export interface AccountTerms {
  /** Dollars. */
  readonly balance: number;
  readonly tiers: TierTable;
  readonly tolerance: RiskTolerance;
}

/** A balance beyond this is not looked for. */
const MOST_BALANCE = 1e9;

export function oneLotCost(candidate: Candidate, spot: number, date: MarketDate, at: Micros): OneLotCost {
  const multiplier = candidate.contracts[0]?.multiplier ?? 100;
  const premium = candidate.natural * multiplier;
  const committed = usdToNumber(candidate.committedPerUnit);
  const fees = 2 * openingFees(candidate, date, at);
  const collateral = candidate.natural < 0 ? committed : 0;
  return {
    premium: cents(premium),
    collateral: cents(collateral),
    maintenance: cents(collateral),
    maxLoss: cents(usdToNumber(candidate.maxLossPerUnit)),
    maxGain: candidate.maxGainPerUnit === null ? null : cents(usdToNumber(candidate.maxGainPerUnit)),
    fees: cents(fees),
    feeShare: fees / Math.abs(premium),
    shares: cents(candidate.shares * spot),
  };
}

/** Measures one unit against the limits of an account, and finds for each rule the balance from which it passes. */
export function affordabilityOf(cost: OneLotCost, terms: AccountTerms): Affordability {
  const opening = cost.fees / 2;
  const loss = cost.maxLoss + opening;
  // The shares themselves are capital in the position, as are premium or collateral.
  const committed = cost.shares + (cost.collateral > 0 ? cost.collateral : Math.max(0, cost.premium));
  const cash = cost.shares + (cost.collateral > 0 ? cost.collateral + opening : Math.max(0, cost.premium) + opening);
  const share = terms.tiers.sizing.maxFeeShare;
  const byBalance = (
    rule: AffordabilityCheck['rule'],
    actual: number,
    limitOf: (tier: Tier, balance: number) => number,
  ): AffordabilityCheck => {
    const passesAt = (balance: number): boolean => actual <= limitAt(balance);
    const limitAt = (balance: number): number => limitOf(tierFor(usd(balance), terms.tiers, terms.tolerance), balance);
    return {
      rule,
      passed: passesAt(terms.balance),
      actual: cents(actual),
      limit: cents(limitAt(terms.balance)),
      unit: 'usd',
      smallestBalance: smallest(passesAt),
    };
  };
  const checks: AffordabilityCheck[] = [
    byBalance('risk-per-trade', loss, (tier, balance) => balance * tier.riskPerTrade),
    byBalance('position-size', committed, (tier, balance) => balance * tier.maxPositionSize),
    byBalance('portfolio-risk', loss, (tier, balance) => balance * tier.limits.portfolioRisk),
    byBalance('buying-power', cash, (_tier, balance) => balance),
    {
      rule: 'fee-share',
      passed: cost.feeShare <= share,
      actual: Math.round(cost.feeShare * 1e4) / 1e4,
      limit: share,
      unit: 'ratio',
      smallestBalance: cost.feeShare <= share ? 0 : null,
    },
  ];
  const balances = checks.map(({ smallestBalance }) => smallestBalance);
  return {
    cost,
    fits: checks.every(({ passed }) => passed),
    checks,
    smallestBalance: balances.includes(null) ? null : Math.max(...balances.map((balance) => balance ?? 0)),
  };
}

/** Dollar limits never fall when the balance grows, so that the first balance that passes is found by halving, to the cent. */
function smallest(passesAt: (balance: number) => boolean): number | null {
  let low = 0;
  let high = MOST_BALANCE * 100;
  if (!passesAt(high / 100)) return null;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passesAt(middle / 100)) high = middle;
    else low = middle;
  }
  return high / 100;
}

function cents(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
