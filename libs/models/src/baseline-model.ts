import { seededRandom } from '@trading-agent/core';
import type { FeatureVector } from '@trading-agent/features';
import { type SignalModel, logistic, signalOf } from './signal.ts';

/**
 * Log-odds per unit of each term before the seed varies them. Trend and momentum pull with the move, band position and strength
 * against it, as in the two oldest families of rules (moving-average crossing; overbought/oversold). Sizes are chosen so that on
 * an ordinary day of minute bars the log-odds have a standard deviation of 0.3 to 0.5: no view, a moderate and a strong one,
 * on either side, each take a fair part of the day. They are priors, fitted to nothing.
 */
const PRIORS = { trend: 0.55, momentum: 0.25, volume: 0.2, band: 0.2, strength: 0.2 } as const;
/** Standard deviation of the logarithm of the factor that the seed puts on each prior. */
const SPREAD = 0.25;
const HORIZON_MINUTES = 30;

/**
 * A seeded baseline **without any claimed edge**: it makes the path from features to orders run, and it is what a trained model has
 * to beat. A logistic mix of trend and mean reversion whose weights are the priors times a log-normal factor drawn from the seed.
 */
export function baselineModel(seed: string | number): SignalModel {
  const random = seededRandom(seed).fork('baseline-model');
  const draw = (prior: number): number => prior * Math.exp(SPREAD * random.normal());
  const trend = draw(PRIORS.trend);
  const momentum = draw(PRIORS.momentum);
  const volume = draw(PRIORS.volume);
  const band = draw(PRIORS.band);
  const strength = draw(PRIORS.strength);
  return {
    id: `baseline-1-${seed}`,
    name: 'Seeded baseline (no claimed edge)',
    predict: ({ values }: FeatureVector) => {
      const logOdds =
        trend * Math.tanh(values.trend) +
        momentum * Math.tanh(values.momentum15) +
        volume * values.volumeBalance20 -
        band * Math.tanh(values.bandPosition20) -
        strength * values.strength14;
      return signalOf(logistic(logOdds), HORIZON_MINUTES);
    },
  };
}
