import { TradingError } from '@trading-agent/core';
import type { FeatureVector } from '@trading-agent/features';

export type Direction = 'up' | 'down' | 'neutral';

/** What a model expects of an underlying at one time. */
export interface Signal {
  /** Probability in (0, 1) that the price is higher at the horizon. */
  readonly probabilityUp: number;
  /** 0 (knows nothing) to 1 (certain): distance of the probability from one half, doubled. */
  readonly confidence: number;
  readonly direction: Direction;
  readonly horizonMinutes: number;
}

/** A model as the engine sees it: features of one symbol in, expectation out. Deterministic and without memory. */
export interface SignalModel {
  /** Names this very model, its parameters included: equal ids give equal signals. */
  readonly id: string;
  readonly name: string;
  predict(features: FeatureVector): Signal;
}

/** Distance from one half below which a probability is no view. */
export const NEUTRAL_BAND = 0.04;
/** No model of ours is surer than this. */
const SUREST = 0.999;

/**
 * A probability as a signal.
 * @throws {TradingError} `INVALID_VALUE` when `probability` is not a number in [0, 1].
 */
export function signalOf(probability: number, horizonMinutes: number): Signal {
  if (!(probability >= 0 && probability <= 1)) {
    throw new TradingError('INVALID_VALUE', `Expected a probability in [0, 1], was ${probability}`);
  }
  const probabilityUp = Math.min(SUREST, Math.max(1 - SUREST, probability));
  const distance = probabilityUp - 0.5;
  return {
    probabilityUp,
    confidence: 2 * Math.abs(distance),
    direction: Math.abs(distance) < NEUTRAL_BAND ? 'neutral' : distance > 0 ? 'up' : 'down',
    horizonMinutes,
  };
}

/** Logistic function, without overflow on either side. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}
