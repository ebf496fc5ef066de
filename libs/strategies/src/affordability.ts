import { type FractionLimit, fractionOf, smallestBalanceFor, tierFor } from '@trading-agent/account-tiers';
import type { RiskTolerance, TierTable } from '@trading-agent/config';
import { type MarketDate, type Micros, type Usd, usd, usdToNumber } from '@trading-agent/core';
import { sideOf, sign } from '@trading-agent/instruments';
import { COVERED_MARGIN, type HeldOption, marginOf } from '@trading-agent/portfolio';
import type { Candidate } from './candidate.ts';
import { openingFees } from './score.ts';

/** What one unit really costs, dollars. */
export interface OneLotCost {
  /** Paid (positive) or received (negative) at the far sides. */
  readonly premium: number;
  /** Cash that is set aside; 0 for what is bought. */
  readonly collateral: number;
  /** Regulation T: to open and to keep, beside the premium; `null` when the rules don't allow it. */
  readonly initial: number | null;
  readonly maintenance: number | null;
  readonly maxLoss: number;
  readonly maxGain: number | null;
  /** To open and to close. */
  readonly fees: number;
  /** `fees` over the premium, paid or received. */
  readonly feeShare: number;
  /** Shares that have to be there, and what they are worth. */
  readonly shares: number;
  readonly sharesValue: number;
}

/** One rule with its number; the smallest balance at which it passes, `null` when no balance helps. */
export interface AffordabilityCheck {
  readonly rule:
    | 'risk-per-trade'
    | 'position-size'
    | 'portfolio-risk'
    | 'buying-power'
    | 'maintenance'
    | 'from-balance'
    | 'fee-share'
    | 'shares';
  readonly passed: boolean;
  readonly actual: number;
  readonly limit: number;
  readonly unit: 'usd' | 'ratio' | 'count';
  readonly smallestBalance: number | null;
}

export interface Affordability {
  readonly cost: OneLotCost;
  readonly fits: boolean;
  readonly checks: readonly AffordabilityCheck[];
  /** Smallest balance at which every rule passes (given the shares it needs), to the cent; `null` when no balance helps. */
  readonly smallestBalance: number | null;
}

export interface AccountTerms {
  /** Dollars. */
  readonly balance: number;
  readonly tiers: TierTable;
  readonly tolerance: RiskTolerance;
  /** Smallest balance that the strategy itself asks for. */
  readonly fromBalance?: number;
  /** Shares of the underlying that are held. */
  readonly shares?: number;
}

/** What one unit of a candidate costs at the far sides; margin by Regulation T, of the options together with the shares they need. */
export function oneLotCost(candidate: Candidate, spot: number, date: MarketDate, at: Micros): OneLotCost {
  const multiplier = candidate.contracts[0]?.multiplier ?? 100;
  const premium = candidate.natural * multiplier;
  const fees = 2 * openingFees(candidate, date, at);
  const marks = new Map<string, number>(candidate.quoted.map(({ contract, mid }) => [contract.symbol, mid]));
  const options = candidate.legs.flatMap((leg, index): HeldOption[] => {
    const contract = candidate.contracts[index];
    return contract === undefined ? [] : [{ contract, quantity: sign(sideOf(leg.intent)) * leg.ratio }];
  });
  const stocks = candidate.shares === 0 ? [] : [{ symbol: candidate.underlying, quantity: candidate.shares }];
  const market = { price: (symbol: string) => (symbol === candidate.underlying ? spot : (marks.get(symbol) ?? null)) };
  const margin = marginOf({ options, stocks }, market, COVERED_MARGIN);
  const dollars = (amount: Usd | null): number | null => (amount === null ? null : cents(usdToNumber(amount)));
  return {
    premium: cents(premium),
    collateral: candidate.natural < 0 ? cents(usdToNumber(candidate.committedPerUnit)) : 0,
    initial: dollars(margin.initial),
    maintenance: dollars(margin.maintenance),
    maxLoss: cents(usdToNumber(candidate.maxLossPerUnit)),
    maxGain: candidate.maxGainPerUnit === null ? null : cents(usdToNumber(candidate.maxGainPerUnit)),
    fees: cents(fees),
    feeShare: Math.round((fees / Math.abs(premium)) * 1e4) / 1e4,
    shares: candidate.shares,
    sharesValue: cents(candidate.shares * spot),
  };
}

/** Measures one unit against the limits of an account, and finds for each rule the balance from which it passes. */
export function affordabilityOf(cost: OneLotCost, terms: AccountTerms): Affordability {
  const opening = cost.fees / 2;
  const loss = cost.maxLoss + opening;
  // Premium or collateral; the shares themselves are capital in the position.
  const committed = cost.sharesValue + (cost.collateral > 0 ? cost.collateral : Math.max(0, cost.premium));
  const { balance, tiers, tolerance } = terms;
  const tier = tierFor(usd(balance), tiers, tolerance);
  const byLimit = (rule: AffordabilityCheck['rule'], actual: number, limit: FractionLimit): AffordabilityCheck => {
    const most = balance * fractionOf(tier, limit);
    return {
      rule,
      passed: actual <= most,
      actual: cents(actual),
      limit: cents(most),
      unit: 'usd',
      smallestBalance: smallestBalanceFor(actual, limit, tiers, tolerance),
    };
  };
  const byCash = (rule: AffordabilityCheck['rule'], actual: number | null): AffordabilityCheck => ({
    rule,
    passed: actual !== null && actual <= balance,
    actual: cents(actual ?? 0),
    limit: cents(balance),
    unit: 'usd',
    smallestBalance: actual === null ? null : Math.max(0, Math.ceil(actual * 100 - 1e-6) / 100),
  });
  const share = terms.tiers.sizing.maxFeeShare;
  const fees = cost.feeShare <= share;
  const checks: AffordabilityCheck[] = [
    byLimit('risk-per-trade', loss, 'riskPerTrade'),
    byLimit('position-size', committed, 'maxPositionSize'),
    byLimit('portfolio-risk', loss, 'portfolioRisk'),
    byCash('buying-power', cost.initial === null ? null : Math.max(committed, cost.initial) + opening),
    byCash('maintenance', cost.maintenance),
    byCash('from-balance', terms.fromBalance ?? 0),
    {
      rule: 'fee-share',
      passed: fees,
      actual: cost.feeShare,
      limit: share,
      unit: 'ratio',
      smallestBalance: fees ? 0 : null,
    },
  ];
  const balances = checks.map(({ smallestBalance }) => smallestBalance);
  const held = terms.shares ?? 0;
  if (cost.shares > 0)
    checks.push({
      rule: 'shares',
      passed: held >= cost.shares,
      actual: held,
      limit: cost.shares,
      unit: 'count',
      smallestBalance: held >= cost.shares ? 0 : null,
    });
  return {
    cost,
    fits: checks.every(({ passed }) => passed),
    checks,
    smallestBalance: balances.includes(null) ? null : Math.max(...balances.map((balance) => balance ?? 0)),
  };
}

function cents(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
