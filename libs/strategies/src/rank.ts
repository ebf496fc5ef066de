import type { StrategyBook, StrategyName } from '@trading-agent/config';
import { usdToNumber } from '@trading-agent/core';
import { buildStructures, type Fits, structuresFor } from './build.ts';
import type { Candidate, NoCandidate } from './candidate.ts';
import type { ChainView } from './chain-view.ts';
import { type Score, scoreOf } from './score.ts';
import type { View } from './view.ts';

/** Part of the legs' midpoints together by which a package may be away from the surface. */
const OFF_SURFACE = 0.1;
/**
 * A further leg has to earn this part of the risked sum: one more market to cross when leaving in a hurry, one more quote that may be late.
 */
const LEG_CHARGE = 0.06;

/** What a user's own function may look at. */
export interface StrategyQuestion {
  readonly candidate: Candidate;
  readonly score: Score;
  readonly view: View;
  readonly chain: ChainView;
}

/**
 * The optional function of a strategy: `true` takes the candidate, a text refuses it and says why. It must be pure: the same question gives the
 * same answer, without clock, randomness, files or network, or backtest and live would part.
 */
export type StrategyFunction = (question: StrategyQuestion) => true | string;
export type StrategyFunctions = ReadonlyMap<StrategyName, StrategyFunction>;

/** A candidate with its score. */
export interface RankedCandidate {
  readonly candidate: Candidate;
  readonly score: Score;
  /** Whether one unit is what the caller allows (`RankingOptions.fits`): what is not, risk refuses. */
  readonly fits: boolean;
  /** `null` when it may be opened, as far as the strategy is concerned. */
  readonly refusal: { readonly rule: string; readonly text: string } | null;
}

export interface Ranking {
  /** Best first; those that don't fit behind those that do, those that are refused behind all. */
  readonly ranked: readonly RankedCandidate[];
  readonly none: readonly NoCandidate[];
}

export interface RankingOptions {
  readonly book: StrategyBook;
  readonly functions?: StrategyFunctions;
  readonly fits?: Fits;
  /** Dollars in the account. */
  readonly balance: number;
  /** Least expected return on the risked sum. */
  readonly leastReturn: number;
  /** Fees at most this part of the premium. */
  readonly maxFeeShare: number;
  /** No call is sold: an ex-dividend date is near. */
  readonly noSoldCalls?: boolean;
}

/** Builds and scores every structure that fits the view; all of them are told, not only the best. */
export function rankStructures(view: View, chain: ChainView, options: RankingOptions): Ranking {
  const ranked: RankedCandidate[] = [];
  const none: NoCandidate[] = [];
  for (const name of structuresFor(view, options.book)) {
    const settings = options.book[name];
    if (settings === undefined) continue;
    if (options.balance < settings.fromBalance) {
      none.push({ strategy: name, reason: 'balance-too-small' });
      continue;
    }
    const built = buildStructures(name, chain, settings, options.fits);
    if ('reason' in built) none.push(built);
    else ranked.push(...scored(built, chain, view, options));
  }
  return { ranked: ranked.sort(byScore), none };
}

function scored(built: readonly Candidate[], chain: ChainView, view: View, options: RankingOptions): RankedCandidate[] {
  return built.flatMap((candidate) => {
    const score = scoreOf(candidate, chain, view);
    if (score === null) return [];
    const fits = options.fits?.(candidate) ?? true;
    return [{ candidate, score, fits, refusal: refusalOf({ candidate, score, view, chain }, options) }];
  });
}

/** Why the strategy itself does not open a candidate, whatever the account; `null` when it may. */
export function refusalOf(
  question: StrategyQuestion,
  options: Pick<RankingOptions, 'functions' | 'leastReturn' | 'maxFeeShare' | 'noSoldCalls'>,
): RankedCandidate['refusal'] {
  const { candidate, score } = question;
  const premium = Math.abs(candidate.natural) * (candidate.contracts[0]?.multiplier ?? 100);
  if (!(score.fees <= options.maxFeeShare * premium))
    return {
      rule: 'fee-share',
      text: `Fees of $${score.fees.toFixed(2)} are ${percent(score.fees / premium)} of the premium of $${premium.toFixed(2)}, the limit is ${percent(options.maxFeeShare)}`,
    };
  const off = offSurface(candidate, score);
  if (off !== null) return { rule: 'off-surface', text: off };
  if (!(score.expectedReturn >= options.leastReturn))
    return {
      rule: 'expected-return',
      text: `Expects ${percent(score.expectedReturn)} of the risked sum after costs, the least is ${percent(options.leastReturn)}`,
    };
  if (options.noSoldCalls === true && sellsCalls(candidate))
    return { rule: 'ex-dividend', text: 'Sells a call right before an ex-dividend date: it would be exercised early' };
  const said = options.functions?.get(candidate.strategy)?.(question) ?? true;
  return said === true ? null : { rule: 'own-function', text: String(said) };
}

/**
 * A package whose midpoint is far from what the other quotes of its expiry say is not a bargain but a quote that is wrong or late: nothing is
 * expected of it. The tolerance is its whole spread and a tenth of what its legs cost together.
 */
function offSurface({ natural, mid, quoted, legs, contracts }: Candidate, { fairValue }: Score): string | null {
  const multiplier = contracts[0]?.multiplier ?? 100;
  let gross = 0;
  for (const [index, leg] of legs.entries()) gross += leg.ratio * (quoted[index]?.mid ?? 0);
  const distance = Math.abs(fairValue / multiplier - mid);
  const tolerance = 2 * Math.max(0, natural - mid) + OFF_SURFACE * gross;
  return distance <= tolerance
    ? null
    : `Its midpoint of ${mid.toFixed(2)} is ${distance.toFixed(2)} away from the ${(fairValue / multiplier).toFixed(2)} that the surface gives, the tolerance is ${tolerance.toFixed(2)}`;
}

function sellsCalls({ legs, contracts }: Candidate): boolean {
  return legs.some(({ intent }, index) => intent === 'sell_to_open' && contracts[index]?.right === 'call');
}

/** Expected return less what each leg beyond the first has to earn. */
export function rankScore({ candidate, score }: Pick<RankedCandidate, 'candidate' | 'score'>): number {
  return score.expectedReturn - LEG_CHARGE * (candidate.legs.length - 1);
}

/**
 * What may be opened first, of that what fits (few are asked about, and risk would refuse the others), then by rank score, then by chance of
 * profit; names and expiries settle ties.
 */
function byScore(a: RankedCandidate, b: RankedCandidate): number {
  return (
    Number(a.refusal !== null) - Number(b.refusal !== null) ||
    Number(b.fits) - Number(a.fits) ||
    rankScore(b) - rankScore(a) ||
    b.score.probabilityOfProfit - a.score.probabilityOfProfit ||
    compare(a.candidate.strategy, b.candidate.strategy) ||
    compare(a.candidate.contracts[0]?.expiry ?? '', b.candidate.contracts[0]?.expiry ?? '')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}

export interface SizeLimits {
  /** Dollars. */
  readonly equity: number;
  /** Dollars that one trade may lose. */
  readonly riskPerTrade: number;
  /** Dollars that a position in this underlying may still bind. */
  readonly positionSize: number;
  readonly availableFunds: number;
  /** Part of the Kelly fraction that is risked; 0 for no such limit. */
  readonly kelly: number;
}

/**
 * Units: as many as the risk of a trade, the position size, the funds and the Kelly fraction allow, and at least one, because risk has the
 * last word. Without a positive expectation Kelly allows nothing; the least that can be traded is one unit.
 */
export function unitsOf({ candidate, score }: RankedCandidate, limits: SizeLimits, shares = 0): number {
  const loss = usdToNumber(candidate.maxLossPerUnit);
  const committed = usdToNumber(candidate.committedPerUnit);
  const bounds: number[] = [];
  if (candidate.maxLossPerUnit > 0) {
    bounds.push(limits.riskPerTrade / loss);
    if (limits.kelly > 0) bounds.push((limits.kelly * score.kelly * limits.equity) / score.maxLoss);
  }
  if (committed > 0) bounds.push(limits.positionSize / committed, limits.availableFunds / committed);
  if (candidate.shares > 0) bounds.push(shares / candidate.shares);
  return Math.max(1, Math.floor(Math.min(...bounds)));
}
