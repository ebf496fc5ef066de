import { canonicalJson, seededRandom } from '@trading-agent/core';
import type { FeatureVector } from '@trading-agent/features';
import { type SignalModel, logistic, signalOf } from './signal.ts';

/**
 * Log-odds per unit of each term before the seed varies them. Trend and momentum pull with the move, band position and strength
 * against it, as in the two oldest families of rules (moving-average crossing; overbought/oversold). Sizes are chosen so that on
 * an ordinary day of minute bars the log-odds have a standard deviation of 0.3 to 0.5: no view, a moderate and a strong one,
 * on either side, each take a fair part of the day. They are priors, fitted to nothing.
 */
const PRIORS = { trend: 0.65, momentum: 0.3, volume: 0.2, band: 0.2, strength: 0.2 } as const;
/** Standard deviation of the logarithm of the factor that the seed puts on each prior. */
const SPREAD = 0.15;
const HORIZON_MINUTES = 30;

/**
 * A seeded baseline **without any claimed edge**: it makes the path from features to orders run, and it is what a trained model has
 * to beat. A logistic mix of trend and mean reversion whose weights are the priors times a log-normal factor drawn from the seed,
 * scaled back to the priors' sum: the seed decides the mix, not how strong the views are.
 */
export function baselineModel(seed: string | number): SignalModel {
  const random = seededRandom(seed).fork('baseline-model');
  const draw = (prior: number): number => prior * Math.exp(SPREAD * random.normal());
  const raw = {
    trend: draw(PRIORS.trend),
    momentum: draw(PRIORS.momentum),
    volume: draw(PRIORS.volume),
    band: draw(PRIORS.band),
    strength: draw(PRIORS.strength),
  };
  const scale = sum(Object.values(PRIORS)) / sum(Object.values(raw));
  return {
    id: `baseline-1-${seed}`,
    name: 'Seeded baseline (no claimed edge)',
    predict: ({ values }: FeatureVector) => {
      const mix =
        raw.trend * Math.tanh(values.trend) +
        raw.momentum * Math.tanh(values.momentum15) +
        raw.volume * values.volumeBalance20 -
        raw.band * Math.tanh(values.bandPosition20) -
        raw.strength * values.strength14;
      return signalOf(logistic(scale * mix), HORIZON_MINUTES);
    },
  };
}

/** The baseline as text, to be stored beside trained models; `parseSignalModel` reads it back. */
export function serialiseBaselineModel(seed: string | number): string {
  return canonicalJson({ kind: 'baseline', version: 1, seed });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
