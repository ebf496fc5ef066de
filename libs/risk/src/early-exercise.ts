import type { EarlyExercise } from './context.ts';
import { type Greeks, NO_GREEKS } from './greeks.ts';

/** Of the price, and of the volatility, for differences. */
const PRICE_BUMP = 0.005;
const VOLATILITY_BUMP = 0.01;
const NOTHING_MORE = { premium: 0, ...NO_GREEKS };

/** The early exercise premium and its differences, in the units of the batch: vega a point of volatility, theta a day. */
export function earlyGreeks(
  early: EarlyExercise | null,
  spot: number,
  volatility: number,
  years: number,
): Greeks & { readonly premium: number } {
  if (early === null) return NOTHING_MORE;
  const premium = early.premium(spot, volatility);
  const width = PRICE_BUMP * spot;
  const up = early.premium(spot + width, volatility);
  const down = early.premium(spot - width, volatility);
  const bump = VOLATILITY_BUMP * volatility;
  return {
    premium,
    delta: (up - down) / (2 * width),
    gamma: (up - 2 * premium + down) / (width * width),
    vega: ((early.premium(spot, volatility + bump) - early.premium(spot, volatility - bump)) / (2 * bump)) * 0.01,
    theta: years > 0 ? -premium / (365 * years) : 0,
  };
}
