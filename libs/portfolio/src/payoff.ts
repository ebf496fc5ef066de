import { type MarketDate, TradingError, type Usd, usd, usdFromMicros } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { bookOf, endOf } from './margin/book.ts';
import { marginOfBook } from './margin/margin.ts';
import { COVERED_MARGIN } from './margin/terms.ts';

/** One leg of a structure or one position: contracts per unit, positive when held long, negative when short. */
export interface StructureLeg {
  readonly contract: OptionContract;
  readonly signedRatio: number;
}

/** What all `legs` together pay per unit when the underlying is at `spot` (dollars per share) and each is worth its intrinsic value. */
export function payoffAt(legs: readonly StructureLeg[], spot: number): Usd {
  return usdFromMicros(payoffMicros(legs, usd(spot)));
}

/**
 * The most one unit can lose, premium included, never negative; `null` when the loss has no bound.
 * @param net Signed net price per share that was paid (positive) or received (negative).
 */
export function maxLossPerUnit(legs: readonly StructureLeg[], net: number): Usd | null {
  const worst = worstPayoff(legs);
  return worst === null ? null : usdFromMicros(Math.max(0, premium(legs, net) - worst));
}

/**
 * The most one unit can gain at expiry, premium included, never negative; `null` when the gain has no bound.
 * @throws {TradingError} `INVALID_VALUE` when the legs expire on different days: what the later ones are worth then is not a payoff.
 */
export function maxGainPerUnit(legs: readonly StructureLeg[], net: number): Usd | null {
  assertOneExpiry(legs, 'The maximum gain');
  if (slopeAbove(legs) > 0) return null;
  const best = Math.max(...kinks(legs).map((spot) => payoffMicros(legs, spot)));
  return usdFromMicros(Math.max(0, best - premium(legs, net)));
}

/**
 * What must be set aside for one unit: the worst payoff at any expiry without the premium, 0 when it can't be negative (debit structures),
 * `null` when it has no bound (an uncovered short call). At each expiry the legs still alive count, at their intrinsic value: a long leg
 * covers a short one that expires with it or before it (in the morning of a day is before its close), never one that outlives it, and never what is sold
 * at two expiries.
 */
export function collateralPerUnit(legs: readonly StructureLeg[]): Usd | null {
  const worst = worstPayoff(legs);
  return worst === null ? null : usdFromMicros(Math.max(0, -worst));
}

/**
 * The prices of the underlying at expiry where the structure neither gains nor loses, ascending, dollars per share. Where it is flat at zero
 * over a range, the ends of the range.
 * @throws {TradingError} `INVALID_VALUE` when the legs expire on different days.
 */
export function breakevens(legs: readonly StructureLeg[], net: number): number[] {
  assertOneExpiry(legs, 'A break-even');
  const cost = premium(legs, net);
  const found = new Set<number>();
  const points = kinks(legs).map((spot) => ({ spot, value: payoffMicros(legs, spot) - cost }));
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    if (point.value === 0) found.add(point.spot);
    else if (next && Math.sign(next.value) === -Math.sign(point.value)) {
      found.add(point.spot + ((next.spot - point.spot) * point.value) / (point.value - next.value));
    } else if (!next) {
      const slope = slopeAbove(legs);
      if (slope !== 0 && Math.sign(slope) === -Math.sign(point.value)) found.add(point.spot - point.value / slope);
    }
  }
  return [...found].sort((a, b) => a - b).map((spot) => Math.round(spot) / 1e6);
}

/**
 * Short legs that no long leg of the same right covers: one contract short needs one contract long that does not expire before it.
 * What they are short by, in contracts per unit; empty when all are covered. A put listed here may still be secured by cash.
 */
export function uncoveredShorts(legs: readonly StructureLeg[]): { contract: OptionContract; quantity: number }[] {
  const uncovered: { contract: OptionContract; quantity: number }[] = [];
  for (const right of ['call', 'put'] as const) {
    // Latest expiry first: the long legs that can cover the longest-lived short are then exactly those seen so far.
    const ofRight = legs
      .filter((leg) => leg.contract.right === right && leg.signedRatio !== 0)
      .sort((a, b) => endOf(b.contract) - endOf(a.contract) || b.signedRatio - a.signedRatio);
    let cover = 0;
    for (const leg of ofRight) {
      const shares = leg.signedRatio * leg.contract.multiplier;
      if (shares > 0) cover += shares;
      else {
        const missing = Math.max(0, -shares - cover);
        cover = Math.max(0, cover + shares);
        if (missing > 0) uncovered.push({ contract: leg.contract, quantity: missing / leg.contract.multiplier });
      }
    }
  }
  return uncovered;
}

/**
 * What is left of `legs` when `shares` cover the calls that no bought one does: the risk that is theirs. All legs are there, some of ratio 0. `null` when
 * the shares don't suffice or a put is sold uncovered.
 */
export function besideShares(legs: readonly StructureLeg[], shares: number): readonly StructureLeg[] | null {
  const covered = new Map<OptionContract, number>();
  let needed = 0;
  for (const { contract, quantity } of uncoveredShorts(legs)) {
    if (contract.right === 'put') return null;
    covered.set(contract, (covered.get(contract) ?? 0) + quantity);
    needed += quantity * contract.multiplier;
  }
  if (!(needed <= shares)) return null;
  return legs.map(({ contract, signedRatio }) => {
    const taken = Math.min(Math.max(0, -signedRatio), covered.get(contract) ?? 0);
    covered.set(contract, (covered.get(contract) ?? 0) - taken);
    return { contract, signedRatio: signedRatio + taken };
  });
}

/** The lowest payoff over all spots and expiries in micro-dollars; `null` when it has no bound. */
function worstPayoff(legs: readonly StructureLeg[]): number | null {
  const sold = new Set(legs.filter((leg) => leg.signedRatio < 0).map((leg) => endOf(leg.contract)));
  if (sold.size > 1) return worstOfSeveral(legs);
  let worst = Number.POSITIVE_INFINITY;
  for (const end of new Set(legs.map((leg) => endOf(leg.contract)))) {
    const alive = legs.filter((leg) => endOf(leg.contract) >= end);
    if (slopeAbove(alive) < 0) return null;
    for (const spot of kinks(alive)) worst = Math.min(worst, payoffMicros(alive, spot));
  }
  return Number.isFinite(worst) ? worst : 0;
}

/**
 * What is sold at several expiries can lose at each of them, and what is bought covers at one only: the cheapest way to give every sold leg its cover is what
 * margin asks for.
 */
function worstOfSeveral(legs: readonly StructureLeg[]): number | null {
  const options = legs.map(({ contract, signedRatio }) => ({ contract, quantity: signedRatio }));
  const underlyings = new Set(options.map(({ contract }) => contract.underlying));
  let worst = 0;
  for (const underlying of underlyings) {
    const book = bookOf(underlying, { options, stocks: [] });
    const { initial } = marginOfBook(book, { price: () => null }, COVERED_MARGIN);
    if (initial === null) return null;
    worst -= initial;
  }
  return worst;
}

/** The payoff is linear between these prices (micro-dollars, ascending) and beyond the last. */
function kinks(legs: readonly StructureLeg[]): number[] {
  return [...new Set<number>([0, ...legs.map((leg) => usd(leg.contract.strike))])].sort((a, b) => a - b);
}

/** Change of the payoff per dollar of the underlying above the highest strike. */
function slopeAbove(legs: readonly StructureLeg[]): number {
  let slope = 0;
  for (const { contract, signedRatio } of legs) {
    if (contract.right === 'call') slope += signedRatio * contract.multiplier;
  }
  return slope;
}

function payoffMicros(legs: readonly StructureLeg[], spot: number): number {
  let sum = 0;
  for (const { contract, signedRatio } of legs) {
    const beyond = spot - usd(contract.strike);
    const intrinsic = Math.max(0, contract.right === 'call' ? beyond : -beyond);
    sum += signedRatio * contract.multiplier * intrinsic;
  }
  return sum;
}

function premium(legs: readonly StructureLeg[], net: number): number {
  const multipliers = new Set(legs.map((leg) => leg.contract.multiplier));
  const [multiplier] = multipliers;
  if (multiplier === undefined || multipliers.size !== 1) {
    throw new TradingError(
      'INVALID_VALUE',
      `A net price needs legs with one multiplier, was ${[...multipliers].join(', ')}`,
    );
  }
  return usd(net) * multiplier;
}

function assertOneExpiry(legs: readonly StructureLeg[], what: string): void {
  const expiries = new Set<MarketDate>(legs.map((leg) => leg.contract.expiry));
  if (expiries.size > 1) {
    throw new TradingError('INVALID_VALUE', `${what} needs legs of one expiry, was ${[...expiries].join(', ')}`);
  }
}
