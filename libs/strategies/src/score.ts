import { type MarketDate, type Micros, usdToNumber } from '@trading-agent/core';
import { type Execution, sideOf, sign } from '@trading-agent/instruments';
import { feesFor } from '@trading-agent/portfolio';
import type { Candidate } from './candidate.ts';
import type { ChainView } from './chain-view.ts';
import { type PriceDistribution, viewDistribution } from './distribution.ts';
import { exercisePremium, laterWorth } from './later-leg.ts';
import type { View } from './view.ts';

/** What one unit of a candidate promises, after costs, by the distribution the view gives the price at the first expiry. Money in dollars. */
export interface Score {
  /** Mean profit, held to the first expiry, both ways paid for. */
  readonly expectedValue: number;
  /** `expectedValue` over what can be lost: what candidates are ranked by, less a charge per further leg. */
  readonly expectedReturn: number;
  readonly probabilityOfProfit: number;
  /** Fraction of the account that would grow it fastest if the distribution were true (Kelly 1956), 0 without a positive expectation. */
  readonly kelly: number;
  /** Prices at the first expiry without gain or loss, costs included. */
  readonly breakevens: readonly number[];
  /** `null` when unbounded. */
  readonly maxGain: number | null;
  /** Fees included. */
  readonly maxLoss: number;
  /** Fees to open and to close. */
  readonly fees: number;
  /** Spread paid to open and to close, beyond the midpoints. */
  readonly slippage: number;
  /** What the surface of the first expiry says one unit is worth now, without any view. */
  readonly fairValue: number;
}

/** `null` where the first expiry has too few quotes to tell a distribution. */
export function scoreOf(candidate: Candidate, chain: ChainView, view: View): Score | null {
  const first = candidate.contracts.map(({ expiry }) => expiry).sort()[0];
  const market = first === undefined ? null : chain.distribution(first);
  if (first === undefined || market === null) return null;
  const terms = chain.terms(first);
  const { prices, probabilities } = viewDistribution(market, view, terms);
  const multiplier = candidate.contracts[0]?.multiplier ?? 100;
  const fees = 2 * openingFees(candidate, chain.date, chain.at);
  const half = Math.max(0, candidate.natural - candidate.mid) * multiplier;
  const costs = fees + half;
  const paid = candidate.natural * multiplier;
  const valueAt = valuation(candidate, chain, first, market);
  const profits = prices.map((price) => valueAt(price) * multiplier - paid - costs);
  const maxLoss = usdToNumber(candidate.maxLossPerUnit) + fees;
  // Against shares the order may add no loss of its own; then the stock's value is what the premium is earned on.
  const atRisk = candidate.maxLossPerUnit > 0 ? maxLoss : candidate.shares * chain.spot;
  const fairValue = market.prices.reduce(
    (value, price, index) => value + (market.probabilities[index] ?? 0) * valueAt(price),
    0,
  );
  let expectedValue = 0;
  let probabilityOfProfit = 0;
  for (const [index, profit] of profits.entries()) {
    const probability = probabilities[index] ?? 0;
    expectedValue += probability * profit;
    if (profit > 0) probabilityOfProfit += probability;
  }
  return {
    expectedValue,
    expectedReturn: expectedValue / atRisk,
    probabilityOfProfit,
    kelly: expectedValue > 0 ? kellyFraction(profits, probabilities, atRisk) : 0,
    breakevens: crossings(prices, profits),
    maxGain: gainOf(candidate, profits, fees),
    maxLoss,
    fees,
    slippage: 2 * half,
    fairValue: fairValue * Math.exp(-terms.rate * terms.years) * multiplier,
  };
}

/** Fees of opening one unit at the far sides, dollars. */
export function openingFees(candidate: Candidate, date: MarketDate, at: Micros): number {
  const execution: Execution = {
    executionId: 'estimate',
    clientOrderId: 'estimate',
    at,
    quantity: 1,
    legs: candidate.legs.map((leg, index) => {
      const quoted = candidate.quoted[index];
      return {
        symbol: leg.symbol,
        intent: leg.intent,
        quantity: leg.ratio,
        price: (sideOf(leg.intent) === 'buy' ? quoted?.ask : quoted?.bid) ?? 0,
      };
    }),
  };
  return usdToNumber(feesFor(execution, date));
}

/**
 * Signed value per share of one unit when the first expiry ends at a price: what expires by its payoff, the rest by the market's own distribution.
 * Beside legs that outlive it, those that expire keep what exercise before is worth now, as the others do in their midpoints.
 */
function valuation(
  { legs, quoted }: Candidate,
  chain: ChainView,
  first: MarketDate,
  market: PriceDistribution,
): (price: number) => number {
  const { rate, years } = chain.terms(first);
  const outlived = quoted.some(({ contract }) => contract.expiry !== first);
  const worths = legs.flatMap((leg, index) => {
    const quote = quoted[index];
    if (quote === undefined) return [];
    const { expiry, strike, right } = quote.contract;
    const kept = outlived && expiry === first ? exercisePremium(quote, chain) * Math.exp(rate * years) : 0;
    const payoff = (price: number): number => Math.max(0, right === 'call' ? price - strike : strike - price) + kept;
    const worth = expiry === first ? payoff : laterWorth(quote, chain, first, market);
    return [{ held: sign(sideOf(leg.intent)) * leg.ratio, worth }];
  });
  return (price) => worths.reduce((value, { held, worth }) => value + held * worth(price), 0);
}

/** The fraction f that maximises the mean of ln(1 + f x profit / atRisk), by bisection of its falling derivative. */
export function kellyFraction(profits: Float64Array, probabilities: Float64Array, atRisk: number): number {
  const worst = profits.reduce((least, profit) => Math.min(least, profit), 0);
  if (!(worst < 0)) return 1;
  const slope = (fraction: number): number => {
    let sum = 0;
    for (const [index, profit] of profits.entries()) {
      const result = profit / atRisk;
      sum += ((probabilities[index] ?? 0) * result) / (1 + fraction * result);
    }
    return sum;
  };
  let low = 0;
  let high = Math.min(1, (0.999 * atRisk) / -worst);
  if (slope(high) > 0) return high;
  for (let round = 0; round < 30; round++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}

function crossings(prices: Float64Array, profits: Float64Array): number[] {
  const found: number[] = [];
  for (let index = 1; index < prices.length; index++) {
    const [before, after] = [profits[index - 1] ?? 0, profits[index] ?? 0];
    if (before > 0 === after > 0) continue;
    const [from, to] = [prices[index - 1] ?? 0, prices[index] ?? 0];
    found.push(Math.round((from + ((to - from) * before) / (before - after)) * 100) / 100);
  }
  return found;
}

function gainOf(candidate: Candidate, profits: Float64Array, fees: number): number | null {
  if (candidate.maxGainPerUnit !== null) return usdToNumber(candidate.maxGainPerUnit) - fees;
  const expiries = new Set(candidate.contracts.map(({ expiry }) => expiry));
  // Over several expiries the most is that of the grid, which reaches five standard deviations.
  return expiries.size > 1 ? profits.reduce((most, profit) => Math.max(most, profit), -Infinity) : null;
}
