import type { StrategySettings } from '@trading-agent/config';
import type { Signal } from '@trading-agent/models';

export type VolatilityView = 'rich' | 'fair' | 'cheap' | 'unknown';
/** Near against later implied volatility: contango is near below later. */
export type TermView = 'contango' | 'flat' | 'backwardation' | 'unknown';

/** What is expected of one underlying: the model's signal in the words that structures are chosen by. */
export interface View {
  readonly direction: 'up' | 'down' | 'neutral';
  readonly conviction: 'strong' | 'moderate' | 'none';
  readonly volatility: VolatilityView;
  readonly term: TermView;
  /** Probability of a higher price at the horizon, in (0, 1). */
  readonly probabilityUp: number;
  /** 0 (knows nothing) to 1 (certain). */
  readonly confidence: number;
  readonly horizonMinutes: number;
  /** Decimal per year, or `null`. */
  readonly impliedVolatility: number | null;
  readonly realisedVolatility: number | null;
  /** Where implied volatility stands in its own past, 0 to 1, or `null` without a past. */
  readonly volatilityRank: number | null;
}

/** Volatilities that a view is made of, decimal per year; what is not known is left out or `null`. */
export interface VolatilityFacts {
  /** At the money, of the first expiry in reach. */
  readonly implied: number | null;
  /** Of an expiry two weeks or more behind that one. */
  readonly later?: number | null;
  /** Of the underlying. */
  readonly realised: number | null;
  /** Where implied volatility stands between the lowest and highest of the past, 0 to 1. */
  readonly rank?: number | null;
}

/** Distance of the probability from one half that counts as a moderate and as a strong view. */
export const CONVICTION = { moderate: 0.04, strong: 0.1 } as const;

/** Implied over realised volatility beyond which options count as rich, below which as cheap. */
export const VOLATILITY_RATIO = { rich: 1.2, cheap: 0.85 } as const;
/** Rank of implied volatility in its past beyond which options are rich, below which cheap; where there is a past it decides. */
export const VOLATILITY_RANK = { rich: 0.6, cheap: 0.25 } as const;
/** Near over later implied volatility beyond which the term structure is inverted, below which it rises. */
export const TERM_RATIO = { backwardation: 1.03, contango: 0.97 } as const;

export function viewOf(signal: Signal, { implied, later = null, realised, rank = null }: VolatilityFacts): View {
  const distance = Math.abs(signal.probabilityUp - 0.5);
  const conviction = distance >= CONVICTION.strong ? 'strong' : distance >= CONVICTION.moderate ? 'moderate' : 'none';
  return {
    direction: conviction === 'none' ? 'neutral' : signal.probabilityUp > 0.5 ? 'up' : 'down',
    conviction,
    volatility: volatilityView(implied, realised, rank),
    term: termView(implied, later),
    probabilityUp: signal.probabilityUp,
    confidence: signal.confidence,
    horizonMinutes: signal.horizonMinutes,
    impliedVolatility: implied,
    realisedVolatility: realised,
    volatilityRank: rank,
  };
}

function volatilityView(implied: number | null, realised: number | null, rank: number | null): VolatilityView {
  if (rank !== null) return rank >= VOLATILITY_RANK.rich ? 'rich' : rank <= VOLATILITY_RANK.cheap ? 'cheap' : 'fair';
  if (implied === null || realised === null || realised <= 0) return 'unknown';
  const ratio = implied / realised;
  return ratio >= VOLATILITY_RATIO.rich ? 'rich' : ratio <= VOLATILITY_RATIO.cheap ? 'cheap' : 'fair';
}

function termView(near: number | null, later: number | null): TermView {
  if (near === null || later === null || !(later > 0)) return 'unknown';
  const ratio = near / later;
  return ratio >= TERM_RATIO.backwardation ? 'backwardation' : ratio <= TERM_RATIO.contango ? 'contango' : 'flat';
}

/** The view in one line. */
export function describeView(view: View): string {
  return `${view.direction} (${view.conviction}, p=${view.probabilityUp.toFixed(4)}), volatility ${view.volatility}, term ${view.term}`;
}

/** Nobody expects anything: candidates scored by it show what the market and the costs say alone. */
export const NO_VIEW: View = {
  direction: 'neutral',
  conviction: 'none',
  volatility: 'unknown',
  term: 'unknown',
  probabilityUp: 0.5,
  confidence: 0,
  horizonMinutes: 0,
  impliedVolatility: null,
  realisedVolatility: null,
  volatilityRank: null,
};

/** A view for which the strategy is meant, for trying it: the first of everything that its `when` lists. */
export function viewFor({ when }: Pick<StrategySettings, 'when'>): View {
  const direction = when.direction[0] ?? 'neutral';
  const conviction = when.conviction[0] ?? 'none';
  const distance = conviction === 'strong' ? CONVICTION.strong : conviction === 'moderate' ? CONVICTION.moderate : 0;
  const probabilityUp = 0.5 + (direction === 'up' ? distance : direction === 'down' ? -distance : 0);
  return {
    ...NO_VIEW,
    direction,
    conviction,
    volatility: when.volatility[0] ?? 'unknown',
    term: when.term[0] ?? 'unknown',
    probabilityUp,
    confidence: 2 * Math.abs(probabilityUp - 0.5),
    horizonMinutes: 30,
  };
}
