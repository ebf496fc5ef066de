/** What small moves change, in dollars. */
export interface Greeks {
  /** A move of 1% of the underlying's price. */
  readonly delta: number;
  /** How much that figure changes with such a move. */
  readonly gamma: number;
  /** A point of volatility. */
  readonly vega: number;
  /** A day. */
  readonly theta: number;
}

export const NO_GREEKS: Greeks = { delta: 0, gamma: 0, vega: 0, theta: 0 };

export function plus(a: Greeks, b: Greeks, times = 1): Greeks {
  return {
    delta: a.delta + times * b.delta,
    gamma: a.gamma + times * b.gamma,
    vega: a.vega + times * b.vega,
    theta: a.theta + times * b.theta,
  };
}
