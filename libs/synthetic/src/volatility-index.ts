import { addDays } from '@trading-agent/core';
import { listedExpiries } from './listing.ts';
import { blackValue } from './black.ts';
import { exp } from './arithmetic.ts';
import { type Slice, totalVariance } from './surface.ts';
import type { MarketDate } from '@trading-agent/core';

/** The ladder of strikes: every tenth of a standard deviation up to eight of them. */
const STEP = 0.1;
const REACH = 80;
const MONTH = 30 / 365;

/** The expiries between which the index is interpolated: Fridays more than 23 and less than 37 days ahead. */
export function indexExpiries(date: MarketDate): readonly MarketDate[] {
  const [near, far] = [addDays(date, 23), addDays(date, 37)];
  return listedExpiries(date)
    .map(({ expiry }) => expiry)
    .filter((expiry) => expiry > near && expiry <= far);
}

/**
 * Fair variance of an expiry, annual: the exchange's sum over options out of the money (Cboe, "Volatility Index Methodology", step 2), on a
 * ladder fine and wide enough that the sum is the integral.
 */
export function modelFreeVariance(slice: Slice): number {
  const { theta, forward, discount, years } = slice;
  const step = STEP * Math.sqrt(theta);
  const ratio = exp(step);
  let sum = 0;
  for (let rung = -REACH; rung <= REACH; rung += 1) {
    const k = rung * step;
    const strike = forward * exp(k);
    const variance = totalVariance(slice, k);
    const width = 0.5 * strike * (ratio - 1 / ratio);
    const call = blackValue(slice, k, strike, variance, true);
    // At the forward itself the recipe takes the mean of both, which parity makes equal.
    const price = rung < 0 ? call - discount * (forward - strike) : call;
    sum += (width / (strike * strike)) * price;
  }
  return (2 * sum) / (discount * years);
}

/** Points, from the slices of the two expiries: total variances interpolated to 30 days (step 3), rounded to hundredths. */
export function indexPoints(slices: readonly Slice[]): number {
  const [near, next] = [slices[0], slices.at(-1)];
  if (near === undefined || next === undefined) return 0;
  const total = (slice: Slice): number => modelFreeVariance(slice) * slice.years;
  const span = next.years - near.years;
  const variance =
    span > 0
      ? (total(near) * (next.years - MONTH) + total(next) * (MONTH - near.years)) / span / MONTH
      : modelFreeVariance(near);
  return Math.round(10_000 * Math.sqrt(Math.max(variance, 0))) / 100;
}
