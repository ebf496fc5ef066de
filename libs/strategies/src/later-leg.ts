import type { MarketDate } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { discreteDividendPrice, optionPrice } from '@trading-agent/pricing';
import type { ChainView } from './chain-view.ts';
import type { PriceDistribution } from './distribution.ts';

/** A volatility is looked for within so many times the present one, both ways. */
const WIDEST = 4;
/** Of the price that is to be met: a hundredth of a cent on a dollar. */
const NEAR_ENOUGH = 1e-4;
const MOST_ROUNDS = 12;

/**
 * What an option that outlives the first expiry of its structure is worth when that expiry ends at a price, dollars per share. European, without
 * the dividends still to come, at the one volatility at which its mean over the market's own distribution, discounted, is its midpoint now: that holds
 * the volatility between the two expiries, which the term structure implies, and what early exercise is worth. Where none within a quarter and four
 * times the present volatility does, the nearest of these.
 */
export function laterWorth(
  {
    contract,
    volatility,
    mid,
  }: { readonly contract: OptionContract; readonly volatility: number; readonly mid: number },
  chain: Pick<ChainView, 'terms'>,
  first: MarketDate,
  { prices, probabilities }: PriceDistribution,
): (price: number) => number {
  const near = chain.terms(first);
  const { years: life, rate, yield: dividendYield, dividends } = chain.terms(contract.expiry);
  const years = Math.max(0, life - near.years);
  const { strike, right } = contract;
  // What will still be paid out between the two expiries is no part of what the option is written on.
  const paid = dividends.reduce(
    (sum, one) => (one.years > near.years ? sum + one.cash * Math.exp(-rate * (one.years - near.years)) : sum),
    0,
  );
  const worth = (price: number, then: number): number =>
    optionPrice({
      spot: Math.max(price - paid, 1e-4 * price),
      strike,
      years,
      rate,
      yield: dividendYield,
      right,
      volatility: then,
    });
  const goal = mid * Math.exp(near.rate * near.years);
  const missAt = (then: number): number =>
    prices.reduce((sum, price, index) => sum + (probabilities[index] ?? 0) * worth(price, then), -goal);
  const then = rootOf(missAt, volatility, NEAR_ENOUGH * goal);
  return (price) => worth(price, then);
}

/**
 * What the right to exercise an option before its expiry is worth, dollars per share. A leg that outlives the first expiry is held at its whole
 * midpoint; one of that expiry that is sold against it would else be worth too little by this.
 */
export function exercisePremium(
  { contract, volatility }: { readonly contract: OptionContract; readonly volatility: number },
  chain: Pick<ChainView, 'spot' | 'terms'>,
): number {
  if (contract.style === 'european') return 0;
  const { years, rate, yield: dividendYield, dividends } = chain.terms(contract.expiry);
  const { strike, right } = contract;
  const option = { spot: chain.spot, strike, years, rate, yield: dividendYield, dividends, volatility, right };
  const [american, european] = (['american', 'european'] as const).map((exercise) =>
    discreteDividendPrice({ ...option, exercise }),
  );
  return Math.max(0, (american?.price ?? 0) - (european?.price ?? 0));
}

/** Where a rising function crosses zero, within `WIDEST` times the start: secants between bounds that close in (Illinois). */
function rootOf(miss: (at: number) => number, start: number, tolerance: number): number {
  const first = miss(start);
  if (Math.abs(first) <= tolerance) return start;
  let [low, high] = first < 0 ? [start, WIDEST * start] : [start / WIDEST, start];
  let [below, above] = first < 0 ? [first, miss(high)] : [miss(low), first];
  if (!(below < 0)) return low;
  if (!(above > 0)) return high;
  let side = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const at = low - (below * (high - low)) / (above - below);
    const found = miss(at);
    if (Math.abs(found) <= tolerance) return at;
    if (found < 0) {
      if (side < 0) above /= 2;
      [low, below, side] = [at, found, -1];
    } else {
      if (side > 0) below /= 2;
      [high, above, side] = [at, found, 1];
    }
  }
  return (low + high) / 2;
}
