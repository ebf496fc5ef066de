import { type MarketDate, type Random, daysBetween } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { exp, ln, normal, square } from './arithmetic.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** Contracts traded a day per share of the underlying that is traded: the three index funds, and all others. */
const CONTRACTS_PER_SHARE = { most: 0.03, others: 0.01 };
/** Index options are counted per million of nothing: a day's contracts of the index itself. */
const INDEX_CONTRACTS = 1_000_000;
/** Contracts per print of a quiet contract, and the number of prints that even the busiest is cut to. */
const CONTRACTS_PER_PRINT = 6;
const MOST_PRINTS = 150;
/** Open interest over a day's volume. */
const TURNOVER = 12;

/** How busy one contract is. */
export interface Activity {
  /** Contracts traded on the day. */
  readonly volume: number;
  /** In how many prints. */
  readonly prints: number;
  /** Contracts outstanding at the start of the day. */
  readonly openInterest: number;
}

export interface ActivityInput {
  readonly profile: UnderlyingProfile;
  readonly contracts: readonly OptionContract[];
  /** Log-moneyness over the standard deviation to expiry, by contract. */
  readonly moneyness: Float64Array;
  readonly date: MarketDate;
  /** A stream of its own per contract, the same on every day. */
  readonly habit: (contract: OptionContract) => Random;
  /** A stream per contract of this day. */
  readonly today: (contract: OptionContract) => Random;
}

/**
 * Volume and open interest of each contract: most of it near the money and out of it, in near expiries, at whole strikes; some contracts
 * are popular and most are not. Open interest follows the same pattern over a contract's life: it grows while the expiry comes nearer.
 */
export function optionActivity(input: ActivityInput): Activity[] {
  const { profile, contracts, moneyness, date } = input;
  const perShare = profile.pennies ? CONTRACTS_PER_SHARE.most : CONTRACTS_PER_SHARE.others;
  const total = profile.kind === 'index' ? INDEX_CONTRACTS : profile.volume * perShare;
  const weights = contracts.map((contract, place) => {
    const days = Math.max(0, daysBetween(date, contract.expiry));
    const outside = (contract.right === 'call' ? 1 : -1) * (moneyness[place] ?? 0);
    const near = exp(-0.5 * square((outside - 0.4) / (outside < 0.4 ? 0.7 : 1.1)));
    const round = contract.strike % 5 === 0 ? 1.6 : 1;
    const popular = exp(0.8 * normal(input.habit(contract)));
    return { near: near * round * popular, tenor: 1 / (4 + days), days };
  });
  const sum = weights.reduce((all, { near, tenor }) => all + near * tenor, 0);
  const held = weights.reduce((all, { near, days }) => all + near / (20 + days), 0);
  return contracts.map((contract, place) => {
    const weight = weights[place];
    if (weight === undefined || !(sum > 0)) return { volume: 0, prints: 0, openInterest: 0 };
    const random = input.today(contract);
    const expected = (total * weight.near * weight.tenor) / sum;
    const volume = Math.floor(expected * exp(0.7 * normal(random) - 0.245) + random.next());
    const openInterest = Math.round(TURNOVER * total * (weight.near / (20 + weight.days) / held));
    return { volume, prints: printsOf(volume), openInterest };
  });
}

function printsOf(volume: number): number {
  if (volume <= 0) return 0;
  const wanted = volume / CONTRACTS_PER_PRINT;
  return Math.max(1, Math.min(volume, Math.round((MOST_PRINTS * wanted) / (MOST_PRINTS + wanted))));
}

/** One print of a contract, placed in a minute; where in the quote it falls is told by `place`, 0 at the bid to 1 at the ask. */
export interface PrintPlan {
  readonly minute: number;
  /** Microseconds after the minute began. */
  readonly offset: number;
  readonly place: number;
  readonly size: number;
}

/** The prints of one contract on one day, in order of time; sizes sum to the volume. */
export function printsOfDay(random: Random, activity: Activity, cumulative: Float64Array): PrintPlan[] {
  const { volume, prints } = activity;
  const plans = Array.from({ length: prints }, () => {
    const minute = minuteAt(cumulative, random.next());
    const offset = random.int(60_000) * 1_000;
    const side = random.next();
    // Buyers pay the ask, sellers get the bid; four in ten are improved.
    const place = side < 0.3 ? 0 : side < 0.6 ? 1 : random.next();
    return { minute, offset, place, weight: -ln(random.next() + 2 ** -33) };
  }).sort((a, b) => a.minute - b.minute || a.offset - b.offset);
  const weights = plans.reduce((sum, { weight }) => sum + weight, 0);
  let left = volume - prints;
  let shares = 0;
  let given = 0;
  return plans.map(({ minute, offset, place, weight }) => {
    // Every print has one contract; the rest is dealt out by weight so that nothing is lost to rounding.
    shares += weight;
    const target = weights > 0 ? Math.round(((volume - prints) * shares) / weights) : left;
    const size = 1 + Math.max(0, target - given);
    given = Math.max(given, target);
    left = volume - prints - given;
    return { minute, offset, place, size };
  });
}

function minuteAt(cumulative: Float64Array, share: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 1) > share) high = middle;
    else low = middle + 1;
  }
  return low;
}
