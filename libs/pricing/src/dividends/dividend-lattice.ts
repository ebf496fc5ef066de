import { normalCdf } from '../normal.ts';
import { cubicWeights, slopes, weights } from './cubic.ts';
import { heatProblem } from './dividend-price.ts';
import { lagrange6 } from './heat-interpolation.ts';
import { CHAIN, type HeatResolution } from './heat-resolution.ts';
import { HeatWorkspace, solveHeat } from './heat-solver.ts';
import { backwardDividends } from './model.ts';
import type { SliceTerms } from './slice-columns.ts';

interface Curve {
  readonly values: Float64Array;
  readonly first: number;
  readonly spacing: number;
}

const VOLATILITY_RATIO = Math.log(1.14);
/** Strike nodes lie nearer where much is paid: more than these shares of the reference. */
const MUCH_CASH = 0.005;
const MOST_CASH = 0.1;
const STRIKE_RATIOS = { most: 0.09, much: 0.14, little: 0.2 };
/**
 * Where a dividend is worth what the strike earns until the next one, exercise about it begins to pay (Merton 1973): so near such a strike, in
 * ln K, the value bends, and nodes lie at half the distance.
 */
const BENDING = 0.2;
/** Fewer dividends of one such strike don't bend it much; those nearer to each other than this count as one. */
const LEAST_BENDS = 4;
const SAME_BEND = 0.05;
const REFERENCE = 0.2;
const LEAST_NODE = -30;
const MOST_NODE = 26;
/** A dividend in this last share of the life falls within a cell of the lattice: half the spacing then. */
const LATE = 0.006;
/** Of the reference: with so much paid no lattice is trusted, each contract is solved for itself. */
const HEAVY = 0.3;
/** Beyond this total deviation a contract is solved for itself: the lattice's cells grow with it, and at 4 it is of no use. */
const MOST_LATTICE_DEVIATION = 1.4;
/** So many cells from where a node's volatility has the contract exercised, its values are not to be interpolated. */
const TOUCHING_CELLS = 1;
const AT_EXERCISE = 1e-9;
/** Of rate, small enough that a difference to one side will do: the other would cost a lattice more. */
const LATTICE_RATE_BUMP = 2.5e-4;
/** Doubles a buffer of curves. */
const BUFFER = 4096;
const work = new HeatWorkspace();
const corrections = new Float64Array(4);

/** The lowest volatility of a lattice's nodes. */
export const leastVolatility: number = REFERENCE * Math.exp(VOLATILITY_RATIO * LEAST_NODE);

/** The first of the four nodes that a volatility is read from. */
export function baseNode(volatility: number): number {
  const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
  return Math.min(Math.max(Math.floor(node) - 1, LEAST_NODE), MOST_NODE);
}

/**
 * The values of one expiry. The difference between the American value with its dividends and a Black value on the same forward is smooth:
 * it is solved for on a coarse lattice of volatilities (ratio 1.14) and of strikes (which enter through cash/strike only; one node when
 * no cash is paid), when first asked for, and interpolated. A solve covers every spot.
 */
export class DividendLattice {
  readonly terms: SliceTerms;
  /** Whether anything is paid before expiry, and whether late or much. */
  readonly pays: boolean;
  readonly late: boolean;
  readonly heavy: boolean;
  readonly #curves = new Map<number, Curve>();
  #buffer = new Float64Array(0);
  #used = 0;
  readonly #reference: number;
  readonly #grow: number;
  readonly #loss: number;
  readonly discount: number;
  readonly #cash: boolean;
  readonly #strikeRatio: number;
  /** ln K of the strikes whose interest until the next dividend is the dividend. */
  readonly #bends: readonly number[];
  /** Of the contract last made ready: whether some of its nodes lie where exercise begins. */
  touching = false;
  readonly #resolution: HeatResolution;
  /** The same expiry at a rate next to its own, for rho. */
  #dearer: DividendLattice | undefined;

  /** `terms` must be usable (`termsUsable`); `reference`: a strike or spot of the chain's size, which only places the nodes. */
  constructor(terms: SliceTerms, reference: number) {
    const dividends = backwardDividends(terms.dividends, terms.years);
    this.terms = { ...terms, dividends };
    this.#reference = reference;
    const carry = terms.rate - terms.yield;
    // The forward is grow * spot - loss: from expiry back, what a dividend leaves of all before it.
    let kept = 1;
    let loss = 0;
    let cash = false;
    for (const one of dividends) {
      loss += one.cash * kept * Math.exp(carry * (terms.years - one.years));
      kept *= 1 - one.proportion;
      cash ||= one.cash > 0;
    }
    this.#grow = kept * Math.exp(carry * terms.years);
    this.#loss = loss;
    this.discount = Math.exp(-terms.rate * terms.years);
    this.#cash = cash;
    this.pays = dividends.length > 0;
    this.late = dividends.some((one) => terms.years - one.years < LATE * terms.years);
    this.heavy = loss > HEAVY * reference;
    const share = loss / reference;
    this.#strikeRatio =
      share > MOST_CASH ? STRIKE_RATIOS.most : share > MUCH_CASH ? STRIKE_RATIOS.much : STRIKE_RATIOS.little;
    this.#bends = bendingStrikes(this.terms);
    this.#resolution = this.late ? { ...CHAIN, perDeviation: 2 * CHAIN.perDeviation } : CHAIN;
  }

  /** Solves done so far: what the lattice has cost. */
  get solves(): number {
    return this.#curves.size + (this.#dearer?.solves ?? 0);
  }

  forward(spot: number): number {
    return this.#grow * spot - this.#loss;
  }

  #curve(call: boolean, volatilityNode: number, strikeNode: number): Curve {
    const key = ((volatilityNode + 64) * 1024 + (strikeNode + 512)) * 2 + (call ? 1 : 0);
    const known = this.#curves.get(key);
    if (known !== undefined) return known;
    const strike = this.#reference * Math.exp(0.5 * this.#strikeRatio * strikeNode);
    const volatility = REFERENCE * Math.exp(VOLATILITY_RATIO * volatilityNode);
    const option = {
      ...this.terms,
      spot: strike,
      strike,
      volatility,
      right: call ? 'call' : 'put',
      exercise: 'american',
    } as const;
    solveHeat(heatProblem(option, 0, 0, 1.3), this.#resolution, work);
    const curve = { values: this.#kept(work.values, work.count), first: work.first, spacing: work.spacing };
    this.#curves.set(key, curve);
    return curve;
  }

  /** A copy in a buffer that many curves share: each in its own would keep the garbage collector busy. */
  #kept(values: Float64Array, count: number): Float64Array {
    if (this.#used + count > this.#buffer.length) {
      this.#buffer = new Float64Array(Math.max(BUFFER, count));
      this.#used = 0;
    }
    const copy = this.#buffer.subarray(this.#used, this.#used + count);
    for (let i = 0; i < count; i += 1) copy[i] = values[i] ?? 0;
    this.#used += count;
    return copy;
  }

  /** Per unit of strike: American value less Black value at a node's volatility, interpolated between strike nodes. */
  #correction(call: boolean, volatilityNode: number, x: number, strike: number): number {
    if (!this.#cash) return this.#difference(call, volatilityNode, 0, x);
    // Nodes are numbered at half their usual distance.
    const apart = this.#apart(strike);
    const at = (2 * Math.log(strike / this.#reference)) / (this.#strikeRatio * apart);
    const left = Math.floor(at);
    const t = at - left;
    const middle = left * apart;
    const u = t * (t - 1);
    return (
      (-u * (t - 2) * this.#difference(call, volatilityNode, middle - apart, x)) / 6 +
      0.5 * (t + 1) * (t - 1) * (t - 2) * this.#difference(call, volatilityNode, middle, x) -
      0.5 * (t + 1) * t * (t - 2) * this.#difference(call, volatilityNode, middle + apart, x) +
      (u * (t + 1) * this.#difference(call, volatilityNode, middle + 2 * apart, x)) / 6
    );
  }

  #apart(strike: number): 1 | 2 {
    const at = Math.log(strike);
    for (const bend of this.#bends) if (Math.abs(at - bend) < BENDING) return 1;
    return 2;
  }

  #difference(call: boolean, volatilityNode: number, strikeNode: number, x: number): number {
    const { values, first, spacing } = this.#curve(call, volatilityNode, strikeNode);
    const at = (x - first) / spacing;
    const spot = Math.exp(x);
    const sign = call ? 1 : -1;
    const intrinsic = Math.max(sign * (spot - 1), 0);
    let value = 0;
    if (at < 0) {
      const v0 = values[0] ?? 0;
      const s0 = Math.exp(first);
      value = v0 + (((values[1] ?? 0) - v0) / (Math.exp(first + spacing) - s0)) * (spot - s0);
    } else if (at <= values.length - 1) value = lagrange6(values, values.length, at);
    if (value < intrinsic) value = intrinsic;
    const strike = this.#cash ? this.#reference * Math.exp(0.5 * this.#strikeRatio * strikeNode) : this.#reference;
    const forward = this.#grow * spot - this.#loss / strike;
    return value - this.#black(forward, REFERENCE * Math.exp(VOLATILITY_RATIO * volatilityNode), sign);
  }

  #black(forward: number, volatility: number, sign: 1 | -1): number {
    if (forward <= 0) return sign > 0 ? 0 : this.discount * (1 - forward);
    const deviation = volatility * Math.sqrt(this.terms.years);
    const d = Math.log(forward) / deviation + 0.5 * deviation;
    return this.discount * sign * (forward * normalCdf(sign * d) - normalCdf(sign * (d - deviation)));
  }

  /** Makes ready the four nodes from `base` on for `at` and `vega` of the contract at ln(spot/strike) = `x`. */
  load(call: boolean, base: number, x: number, strike: number): void {
    for (let k = 0; k < 4; k += 1) corrections[k] = this.#correction(call, base + k, x, strike);
    this.touching = this.#touches(call, base, x, strike);
  }

  /** Whether at the lowest of the volatilities the contract, or one a little deeper in the money, is exercised. */
  #touches(call: boolean, base: number, x: number, strike: number): boolean {
    if (call ? x <= 0 : x >= 0) return false;
    const apart = this.#apart(strike);
    const node = this.#cash
      ? Math.round((2 * Math.log(strike / this.#reference)) / (this.#strikeRatio * apart)) * apart
      : 0;
    const { values, first, spacing } = this.#curve(call, base, node);
    const i = Math.max(Math.floor((x - first) / spacing) - TOUCHING_CELLS, 0);
    return (values[i] ?? 0) <= Math.abs(Math.expm1(first + i * spacing)) + AT_EXERCISE;
  }

  #sum(table: Float64Array): number {
    return (
      (table[0] ?? 0) * (corrections[0] ?? 0) +
      (table[1] ?? 0) * (corrections[1] ?? 0) +
      (table[2] ?? 0) * (corrections[2] ?? 0) +
      (table[3] ?? 0) * (corrections[3] ?? 0)
    );
  }

  /** Value of a contract at a volatility within about 0.005 and 4, dollars per share, not below its exercise value. */
  price(spot: number, strike: number, call: boolean, volatility: number): number {
    const base = baseNode(volatility);
    this.load(call, base, Math.log(spot / strike), strike);
    return this.at(spot, strike, call, volatility, base);
  }

  /** As `price`, from the nodes last made ready. */
  at(spot: number, strike: number, call: boolean, volatility: number, base: number): number {
    cubicWeights(Math.log(volatility / REFERENCE) / VOLATILITY_RATIO - base);
    const forward = (this.#grow * spot - this.#loss) / strike;
    const sign = call ? 1 : -1;
    const value = strike * (this.#black(forward, volatility, sign) + this.#sum(weights));
    return Math.min(Math.max(value, sign * (spot - strike), 0), call ? spot : strike * Math.max(1, this.discount));
  }

  /** The highest volatility that the lattice is asked for. */
  mostVolatility(): number {
    const most = REFERENCE * Math.exp(VOLATILITY_RATIO * (MOST_NODE + 3));
    return Math.min(most, MOST_LATTICE_DEVIATION / Math.sqrt(this.terms.years));
  }

  /** Per 1.00 of volatility: the slope of `at` with the weights its last call left behind. */
  vega(spot: number, strike: number, volatility: number): number {
    const forward = (this.#grow * spot - this.#loss) / strike;
    let black = 0;
    if (forward > 0) {
      const root = Math.sqrt(this.terms.years);
      const d = Math.log(forward) / (volatility * root) + 0.5 * volatility * root;
      black = this.discount * forward * root * 0.3989422804014327 * Math.exp(-0.5 * d * d);
    }
    return strike * (black + this.#sum(slopes) / (VOLATILITY_RATIO * volatility));
  }

  /** Per 0.01 of rate: the Black part moves exactly, the correction's slope is linear between the nodes about the contract. */
  rho(spot: number, strike: number, call: boolean, volatility: number): number {
    this.#dearer ??= new DividendLattice({ ...this.terms, rate: this.terms.rate + LATTICE_RATE_BUMP }, this.#reference);
    const dearer = this.#dearer;
    const sign = call ? 1 : -1;
    const x = Math.log(spot / strike);
    const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
    const base = Math.min(Math.max(Math.floor(node), LEAST_NODE), MOST_NODE);
    const apart = this.#apart(strike);
    const at = this.#cash ? (2 * Math.log(strike / this.#reference)) / (this.#strikeRatio * apart) : 0;
    const left = Math.floor(at);
    let change =
      dearer.#black(dearer.forward(spot) / strike, volatility, sign) -
      this.#black(this.forward(spot) / strike, volatility, sign);
    for (let a = 0; a < 2; a += 1) {
      const weight = a === 0 ? 1 - node + base : node - base;
      for (let b = 0; b < (this.#cash ? 2 : 1); b += 1) {
        const share = weight * (b === 0 ? 1 - at + left : at - left);
        const node2 = (left + b) * apart;
        change += share * (dearer.#difference(call, base + a, node2, x) - this.#difference(call, base + a, node2, x));
      }
    }
    return (0.01 * strike * change) / LATTICE_RATE_BUMP;
  }
}

function bendingStrikes({ dividends, years, rate }: SliceTerms): readonly number[] {
  const bends: { at: number; count: number }[] = [];
  let next = years;
  for (const one of dividends) {
    const at = Math.log(one.cash / -Math.expm1(-rate * (next - one.years)));
    next = one.years;
    const known = bends.find((bend) => Math.abs(bend.at - at) < SAME_BEND);
    if (known !== undefined) known.count += 1;
    else if (Number.isFinite(at)) bends.push({ at, count: 1 });
  }
  return bends.filter((bend) => bend.count >= LEAST_BENDS).map((bend) => bend.at);
}
