import {
  nextEarnings,
  type SelectionReason,
  type SymbolChoice,
  selectSymbols,
  sellsNoCalls,
  smallestBalanceOf,
  type SymbolFacts,
  type Tier,
  tierFor,
} from '@trading-agent/account-tiers';
import { leastReturnInForce, type RiskTolerance, type Settings, type StrategyBook } from '@trading-agent/config';
import { daysBetween, type MarketDate, usd } from '@trading-agent/core';
import { reachOf } from '@trading-agent/engine';
import { sideOf } from '@trading-agent/instruments';
import {
  type AffordabilityCheck,
  type ChainView,
  cheapestLoss,
  type NoCandidate,
  NO_VIEW,
  type PlannedStructure,
  planStructures,
  type StrategyFunctions,
} from '@trading-agent/strategies';

/** One unit of a strategy, as it is printed. Money in dollars. */
export interface StructureLine {
  readonly strategy: string;
  readonly fits: boolean;
  /** `+1 GOOG160115C00750000`. */
  readonly legs: readonly string[];
  readonly expiry: string;
  readonly cost: PlannedStructure['affordability']['cost'];
  readonly score: PlannedStructure['score'];
  /** Why it would not be opened at these prices without a view, though it fits. */
  readonly refusal: PlannedStructure['refusal'];
  /** Every rule with its number and limit; what fails also with the balance from which it passes. */
  readonly checks: readonly AffordabilityCheck[];
  /** Smallest balance at which the unit fits; `null` when no balance helps. */
  readonly smallestBalance: number | null;
}

/** Why a symbol is left out today; the smallest balance at which that would not stand against it, `null` when no balance helps. */
export type LeftOutReason = SelectionReason & { readonly smallestBalance: number | null };

export interface SymbolLine {
  readonly symbol: string;
  readonly spot: number;
  readonly choice: Omit<SymbolChoice, 'symbol' | 'reasons'> & { readonly reasons: readonly LeftOutReason[] };
  /** What the choice was made on; `null` is not known. */
  readonly facts: Omit<SymbolFacts, 'symbol'>;
  readonly structures: readonly StructureLine[];
  readonly unavailable: readonly NoCandidate[];
}

export interface AccountPlan {
  readonly tier: string;
  readonly balance: number;
  readonly riskTolerance: RiskTolerance;
  /** Dollars of this account, but for the counts and the stop-loss (a fraction). */
  readonly limits: {
    readonly riskPerTrade: number;
    readonly positionSize: number;
    readonly portfolioRisk: number;
    readonly dailyLoss: number;
    readonly maxPositions: number;
    readonly stopLoss: number;
    readonly requestsPerMinute: number;
    readonly requestsPerDay: number;
  };
  readonly symbols: readonly SymbolLine[];
  /** Asked for or in the tier's list, but without a price at that time. */
  readonly unpriced: readonly string[];
  /** Units that fit on symbols that are selected. */
  readonly fitting: number;
  /** Those of them that would not be opened at these prices. */
  readonly tooDear: number;
  /** Of what does not fit: the smallest balance that would do for anything. */
  readonly nextBalance: number | null;
}

/** What an account of `balance` can open on the chains given. `volumes`: option contracts traded near the money, where known. */
export function accountPlan(
  settings: Settings,
  balance: number,
  symbols: readonly string[],
  chains: ReadonlyMap<string, ChainView>,
  volumes: ReadonlyMap<string, number> = new Map(),
  functions: StrategyFunctions = new Map(),
): AccountPlan {
  const { tiers, account } = settings;
  const tier = tierFor(usd(balance), tiers, account.riskTolerance);
  const book: StrategyBook = { ...settings.strategies, ...settings.ownStrategies };
  const leastReturn = leastReturnInForce(settings);
  const terms = { balance, tiers, tolerance: account.riskTolerance, shares: 0, leastReturn, functions };
  const { selection } = settings.symbols;
  const planned = symbols.flatMap((symbol) => {
    const chain = chains.get(symbol);
    if (chain === undefined) return [];
    const exDividendInDays = daysTo(chain, chain.events.dividends[0]?.exDate);
    const noSoldCalls = sellsNoCalls(exDividendInDays, selection);
    const plan = planStructures(chain, book, { ...terms, noSoldCalls }, NO_VIEW);
    return [{ symbol, chain, plan, exDividendInDays }];
  });
  const facts = planned.map(({ symbol, chain, exDividendInDays }): SymbolFacts => {
    const report = chain.events.earnings ?? nextEarnings(settings.symbols.earnings[symbol], chain.date);
    return {
      symbol,
      spread: chain.spreadNearTheMoney(reachOf(book)),
      openInterest: null,
      volume: volumes.get(symbol) ?? null,
      oneLot: cheapestLoss(chain, book),
      earningsInDays: daysTo(chain, report),
      exDividendInDays,
    };
  });
  const choices = selectSymbols(facts, selection, {
    riskPerTrade: balance * tier.riskPerTrade,
    apiBudget: tier.apiBudget,
  });
  const lines = planned.map(({ symbol, chain, plan }, index): SymbolLine => {
    const { selected = false, rank = null, reasons = [], noSoldCalls = false } = choices[index] ?? {};
    return {
      symbol,
      spot: chain.spot,
      choice: {
        selected,
        rank,
        noSoldCalls,
        reasons: reasons.map((reason) => ({
          ...reason,
          smallestBalance: smallestBalanceOf(reason, selection, tiers, account.riskTolerance),
        })),
      },
      facts: factsOf(facts[index]),
      structures: plan.structures.map(structureLine),
      unavailable: plan.unavailable,
    };
  });
  const refused = lines.flatMap(({ choice, structures }) => {
    const followed = choice.reasons.map(({ smallestBalance }) => smallestBalance ?? Number.POSITIVE_INFINITY);
    // What stands on shares needs them first, whatever the balance; a symbol that no balance makes tradable today offers nothing.
    return structures.flatMap(({ fits, cost, smallestBalance }) =>
      (fits && choice.selected) || cost.shares > 0 || smallestBalance === null
        ? []
        : [Math.max(smallestBalance, ...followed)].filter(Number.isFinite),
    );
  });
  const fitting = lines.flatMap(({ choice, structures }) =>
    choice.selected ? structures.filter(({ fits }) => fits) : [],
  );
  return {
    tier: tier.name,
    balance,
    riskTolerance: account.riskTolerance,
    limits: limitsOf(tier, balance),
    symbols: lines,
    unpriced: symbols.filter((symbol) => !chains.has(symbol)),
    fitting: fitting.length,
    tooDear: fitting.filter(({ refusal }) => refusal !== null).length,
    nextBalance: refused.length === 0 ? null : Math.min(...refused),
  };
}

function daysTo({ date }: ChainView, day: MarketDate | null | undefined): number | null {
  return day === null || day === undefined ? null : daysBetween(date, day);
}

function factsOf(facts: SymbolFacts | undefined): Omit<SymbolFacts, 'symbol'> {
  return {
    spread: facts?.spread ?? null,
    openInterest: facts?.openInterest ?? null,
    volume: facts?.volume ?? null,
    oneLot: facts?.oneLot ?? null,
    earningsInDays: facts?.earningsInDays ?? null,
    exDividendInDays: facts?.exDividendInDays ?? null,
  };
}

function limitsOf(tier: Tier, balance: number): AccountPlan['limits'] {
  const dollars = (fraction: number): number => Math.round(balance * fraction * 100) / 100;
  return {
    riskPerTrade: dollars(tier.riskPerTrade),
    positionSize: dollars(tier.maxPositionSize),
    portfolioRisk: dollars(tier.limits.portfolioRisk),
    dailyLoss: dollars(tier.limits.dailyLoss),
    maxPositions: tier.maxPositions,
    stopLoss: tier.stopLoss,
    requestsPerMinute: tier.apiBudget.perMinute,
    requestsPerDay: tier.apiBudget.perDay,
  };
}

function structureLine({ strategy, candidate, affordability, score, refusal }: PlannedStructure): StructureLine {
  return {
    strategy,
    fits: affordability.fits,
    legs: candidate.legs.map((leg) => `${sideOf(leg.intent) === 'buy' ? '+' : '-'}${leg.ratio} ${leg.symbol}`),
    expiry: candidate.contracts.map(({ expiry }) => expiry as string).sort()[0] ?? '',
    cost: affordability.cost,
    score,
    refusal,
    checks: affordability.checks,
    smallestBalance: affordability.smallestBalance,
  };
}
