import type { Signal } from '@trading-agent/models';

export type VolatilityView = 'rich' | 'fair' | 'cheap' | 'unknown';

/** What is expected of one underlying: the model's signal in the words that structures are chosen by. */
export interface View {
  readonly direction: 'up' | 'down' | 'neutral';
  readonly conviction: 'strong' | 'moderate' | 'none';
  readonly volatility: VolatilityView;
  /** Probability of a higher price at the horizon, in (0, 1). */
  readonly probabilityUp: number;
}

/** Distance of the probability from one half that counts as a moderate and as a strong view. */
export const CONVICTION = { moderate: 0.04, strong: 0.1 } as const;

/** Implied over realised volatility beyond which options count as rich, below which as cheap. */
export const VOLATILITY_RATIO = { rich: 1.2, cheap: 0.85 } as const;

/**
 * @param impliedVolatility at the money, decimal per year, or `null` when it can't be had
 * @param realisedVolatility of the underlying, decimal per year, or `null`
 */
export function viewOf(signal: Signal, impliedVolatility: number | null, realisedVolatility: number | null): View {
  const distance = Math.abs(signal.probabilityUp - 0.5);
  const conviction = distance >= CONVICTION.strong ? 'strong' : distance >= CONVICTION.moderate ? 'moderate' : 'none';
  return {
    direction: conviction === 'none' ? 'neutral' : signal.probabilityUp > 0.5 ? 'up' : 'down',
    conviction,
    volatility: volatilityView(impliedVolatility, realisedVolatility),
    probabilityUp: signal.probabilityUp,
  };
}

function volatilityView(implied: number | null, realised: number | null): VolatilityView {
  if (implied === null || realised === null || realised <= 0) return 'unknown';
  const ratio = implied / realised;
  return ratio >= VOLATILITY_RATIO.rich ? 'rich' : ratio <= VOLATILITY_RATIO.cheap ? 'cheap' : 'fair';
}
