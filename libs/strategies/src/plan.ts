import type { RiskTolerance, StrategyBook, StrategyName, TierTable } from '@trading-agent/config';
import { type Affordability, affordabilityOf, oneLotCost } from './affordability.ts';
import { visitCombinations } from './build.ts';
import type { Candidate, NoCandidate } from './candidate.ts';
import type { ChainView } from './chain-view.ts';
import { type RankedCandidate, refusalOf, type StrategyFunctions } from './rank.ts';
import { type Score, scoreOf } from './score.ts';
import type { View } from './view.ts';

/** One strategy on one underlying: the unit that fits best, or the one that would fit first if the account were larger. */
export interface PlannedStructure {
  readonly strategy: StrategyName;
  readonly candidate: Candidate;
  readonly affordability: Affordability;
  /** `null` where its expiry has too few quotes. */
  readonly score: Score | null;
  /** Why it would not be opened at these prices, though it fits; `null` when nothing speaks against it or it has no score. */
  readonly refusal: RankedCandidate['refusal'];
}

export interface SymbolPlan {
  /** What fits first, then by what it is expected to return; what does not fit by the balance it needs. */
  readonly structures: readonly PlannedStructure[];
  readonly unavailable: readonly NoCandidate[];
}

export interface PlanAccount {
  /** Dollars. */
  readonly balance: number;
  readonly tiers: TierTable;
  readonly tolerance: RiskTolerance;
  /** Shares of the underlying that are held. */
  readonly shares: number;
  /** Least expected return at which a structure is opened. */
  readonly leastReturn: number;
  /** No call is sold: an ex-dividend date is near. */
  readonly noSoldCalls?: boolean;
  /** Functions of the user's own strategies, by name. */
  readonly functions?: StrategyFunctions;
}

/**
 * What an account can open on one underlying, one unit of each strategy. Every combination of strikes that the strategy may take is
 * measured, so that the smallest balance is that of its cheapest one, and at that balance the plan says that it fits.
 * @param chain a view with enough shares for the strategies that need them; `account.shares` are those that are there
 * @param view by which the units are scored
 */
export function planStructures(chain: ChainView, book: StrategyBook, account: PlanAccount, view: View): SymbolPlan {
  const structures: PlannedStructure[] = [];
  const unavailable: NoCandidate[] = [];
  for (const [strategy, settings] of Object.entries(book)) {
    let best: Measured | undefined;
    const none = visitCombinations(strategy, chain, settings, (candidate) => {
      const affordability = affordabilityOf(oneLotCost(candidate, chain.spot, chain.date, chain.at), {
        ...account,
        fromBalance: settings.fromBalance,
      });
      const one = { candidate, affordability };
      if (best === undefined || affordability.fits || needs(one) < needs(best)) best = one;
      return !affordability.fits;
    });
    if (none !== null) unavailable.push(none);
    if (best === undefined) continue;
    const { candidate } = best;
    const score = scoreOf(candidate, chain, view);
    const { leastReturn, functions = new Map(), noSoldCalls = false, tiers } = account;
    const { maxFeeShare } = tiers.sizing;
    const question = score === null ? null : { candidate, score, view, chain };
    const refusal =
      question === null ? null : refusalOf(question, { leastReturn, maxFeeShare, functions, noSoldCalls });
    structures.push({ strategy, ...best, score, refusal });
  }
  return { structures: structures.sort(byMerit), unavailable };
}

type Measured = Pick<PlannedStructure, 'candidate' | 'affordability'>;

function needs({ affordability }: Measured): number {
  return affordability.smallestBalance ?? Number.MAX_VALUE;
}

function byMerit(a: PlannedStructure, b: PlannedStructure): number {
  return (
    Number(b.affordability.fits) - Number(a.affordability.fits) ||
    (a.affordability.fits ? (b.score?.expectedReturn ?? -1) - (a.score?.expectedReturn ?? -1) : needs(a) - needs(b)) ||
    (a.strategy < b.strategy ? -1 : a.strategy > b.strategy ? 1 : 0)
  );
}
