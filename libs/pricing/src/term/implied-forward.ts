import { DividendSlice } from '../dividends/dividend-slice.ts';
import type { SliceColumns } from '../dividends/slice-columns.ts';
import { dividendForward, type DiscreteDividend, termsUsable } from '../dividends/model.ts';
import { OK } from '../european/outcomes.ts';

/** A call and a put of one strike; a side without a quote is 0. */
export interface ParityPair {
  readonly strike: number;
  readonly callBid: number;
  readonly callAsk: number;
  readonly putBid: number;
  readonly putAsk: number;
}

export interface ForwardInput {
  readonly spot: number;
  readonly years: number;
  readonly rate: number;
  readonly dividends: readonly DiscreteDividend[];
  readonly exercise: 'american' | 'european';
  readonly pairs: readonly ParityPair[];
}

export type ImpliedForward =
  | {
      readonly kind: 'ok';
      /** Forward price at expiry that makes calls and puts agree. */
      readonly forward: number;
      /** The continuous yield (borrow fee) that gives this forward besides the dividends, decimal. */
      readonly borrow: number;
      /** Of the forward, dollars, from the spreads. */
      readonly standardError: number;
      /** Forward by put-call parity as if the options were European: the size of the mistake avoided. */
      readonly naive: number;
      readonly pairs: number;
    }
  | { readonly kind: 'no-quote' };

const MOST_PAIRS = 12;
const MOST_ROUNDS = 8;
/** Pairs beyond this many standard deviations say little about the forward and much about exercise. */
const NEAR = 0.5;
const LEAST_DEVIATION = 0.004;
const MOST_BORROW = 3;
/** Of the price: a search that ends farther from agreement than this, and than the quotes tell apart, has found nothing. */
const CLOSE = 1e-4;

interface Usable {
  readonly strike: number;
  readonly call: number;
  readonly put: number;
  readonly weight: number;
}

function usablePairs({ pairs, spot }: ForwardInput): readonly Usable[] {
  return pairs.flatMap((one) => {
    const quoted =
      one.callBid > 0 && one.putBid > 0 && one.callAsk >= one.callBid && one.putAsk >= one.putBid && one.strike > 0;
    if (!quoted || ![one.callAsk, one.putAsk, one.strike].every((value) => Number.isFinite(value))) return [];
    const spread = Math.hypot(one.callAsk - one.callBid, one.putAsk - one.putBid) + 1e-4 * spot;
    return [
      {
        strike: one.strike,
        call: 0.5 * (one.callBid + one.callAsk),
        put: 0.5 * (one.putBid + one.putAsk),
        weight: 1 / (spread * spread),
      },
    ];
  });
}

/** Weighted mean; with four or more, those further than three robust deviations from the median are left out. */
function centre(values: readonly number[], weights: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const spread = values.map((one) => Math.abs(one - median)).toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  let sum = 0;
  let total = 0;
  values.forEach((one, k) => {
    if (values.length >= 4 && Math.abs(one - median) > 4.5 * spread + 1e-9) return;
    sum += one * (weights[k] ?? 0);
    total += weights[k] ?? 0;
  });
  return total > 0 ? sum / total : median;
}

function weightedMedian(values: readonly { readonly value: number; readonly weight: number }[]): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const half = 0.5 * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { value, weight } of sorted) {
    sum += weight;
    if (sum >= half) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}

function errorOf(weights: readonly number[], grow: number): number {
  return 0.5 * grow * Math.sqrt(1 / weights.reduce((sum, one) => sum + one, 0));
}

const columns = (count: number): SliceColumns => ({
  volatility: new Float64Array(count),
  delta: new Float64Array(count),
  gamma: new Float64Array(count),
  vega: new Float64Array(count),
  theta: new Float64Array(count),
  rho: new Float64Array(count),
  status: new Uint8Array(count),
});

/**
 * The forward and borrow fee of one expiry from its quotes. Put-call parity does not hold for American options, so the fee is the one at which
 * the American volatilities of call and put agree on the strikes near the money, each weighted by its spread: what is wrong with a
 * fee shows as (call volatility - put volatility) x vega, which is the discounted error of the forward.
 * Never throws; without a usable pair, with dividends or rates that are no numbers, and where no fee up to 300% gives a forward above 0 the answer
 * is `no-quote`.
 */
export function impliedForward(input: ForwardInput): ImpliedForward {
  const { spot, years, rate } = input;
  if (!(spot > 0) || !(years > 0) || !Number.isFinite(spot)) return { kind: 'no-quote' };
  if (!termsUsable({ years, rate, yield: 0, dividends: input.dividends })) return { kind: 'no-quote' };
  const all = usablePairs(input);
  if (all.length === 0) return { kind: 'no-quote' };
  const grow = Math.exp(rate * years);
  const parity = (one: Usable): number => one.strike + grow * (one.call - one.put);
  // The median of all parities: one pair that is wrong, however far from the rest, does not choose where the forward is looked for.
  const about = weightedMedian(all.map((one) => ({ value: parity(one), weight: one.weight })));
  const distance = (one: Usable): number => Math.abs(one.strike - about);
  const nearest = all.toSorted((a, b) => distance(a) - distance(b));
  const [first] = nearest;
  if (first === undefined) return { kind: 'no-quote' };
  // At the forward call and put cost 0.4 deviations each (Brenner and Subrahmanyam 1988).
  const deviation = Math.max((1.25 * (first.call + first.put)) / spot, LEAST_DEVIATION);
  const near = nearest.filter((one) => Math.abs(Math.log(one.strike / about)) <= NEAR * deviation).slice(0, MOST_PAIRS);
  const used = near.length > 0 ? near : [first];
  const weights = used.map((one) => one.weight);
  const naive = centre(used.map(parity), weights);
  const forwardOf = (borrow: number): number =>
    dividendForward({ spot, years, rate, yield: borrow, dividends: input.dividends });
  const borrowOf = (forward: number): number => {
    let borrow = 0;
    for (let k = 0; k < 20; k += 1) {
      const value = forwardOf(borrow);
      const slope = -years * (value + 1e-3 * spot);
      const next = borrow - (value - forward) / slope;
      if (Math.abs(next - borrow) < 1e-12) return next;
      borrow = Math.max(-MOST_BORROW, Math.min(MOST_BORROW, next));
    }
    return borrow;
  };
  let standardError = errorOf(weights, grow);
  let borrow = borrowOf(naive);
  const done = (at: number, count: number): ImpliedForward => {
    const forward = forwardOf(at);
    const told = forward > 0 && Math.abs(at) < MOST_BORROW && Number.isFinite(forward + standardError + naive);
    return told ? { kind: 'ok', forward, borrow: at, standardError, naive, pairs: count } : { kind: 'no-quote' };
  };
  if (input.exercise === 'european') return done(borrow, used.length);
  const count = used.length;
  const strikes = Float64Array.from([...used, ...used], (one) => one.strike);
  const call = Uint8Array.from(strikes, (_, k) => (k < count ? 1 : 0));
  const prices = Float64Array.from(strikes, (_, k) => (k < count ? (used[k]?.call ?? 0) : (used[k - count]?.put ?? 0)));
  const out = columns(2 * count);
  const guess = new Float64Array(2 * count).fill(deviation / Math.sqrt(years));
  let previous: { readonly borrow: number; readonly miss: number } | undefined;
  let compared = 0;
  let miss = Number.NaN;
  let wild = false;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const slice = new DividendSlice({ years, rate, yield: borrow, dividends: input.dividends }, spot);
    if (wild) slice.implied(2 * count, spot, strikes, call, prices, guess, out);
    else slice.volatilities(2 * count, spot, strikes, call, prices, guess, out);
    const misses: number[] = [];
    const kept: number[] = [];
    for (let k = 0; k < count; k += 1) {
      if (out.status[k] !== OK || out.status[k + count] !== OK) continue;
      const calls = out.vega[k] ?? 0;
      const puts = out.vega[k + count] ?? 0;
      if (!(calls > 0 && puts > 0)) continue;
      const vega = 0.5 * (calls + puts);
      misses.push(100 * vega * ((out.volatility[k] ?? 0) - (out.volatility[k + count] ?? 0)));
      // Next to where one of them is exercised its price says little about volatility, and a tick moves it far.
      kept.push((2 * (weights[k] ?? 0)) / ((vega / calls) ** 2 + (vega / puts) ** 2));
      guess[k] = out.volatility[k] ?? 0;
      guess[k + count] = out.volatility[k + count] ?? 0;
    }
    compared = misses.length;
    if (compared === 0) {
      if (wild) return { kind: 'no-quote' };
      // Beyond what one lattice for all holds, a total deviation of 1.4, each contract is solved for itself.
      wild = true;
      continue;
    }
    miss = centre(misses, kept);
    standardError = errorOf(kept, grow);
    if (Math.abs(miss) < 1e-5 * spot || Math.abs(miss) < 0.02 * standardError) break;
    let slope = years * spot;
    if (previous !== undefined && Math.abs(borrow - previous.borrow) > 1e-9) {
      const secant = (miss - previous.miss) / (borrow - previous.borrow);
      if (secant > 0.3 * slope && secant < 3 * slope) slope = secant;
    }
    previous = { borrow, miss };
    // A dearer call than put in volatility means that the forward is too low, the fee too high.
    borrow = Math.max(-MOST_BORROW, Math.min(MOST_BORROW, borrow - miss / slope));
  }
  return Math.abs(miss) < Math.max(standardError, CLOSE * spot) ? done(borrow, compared) : { kind: 'no-quote' };
}
