import { AmericanChain } from '../american/american-chain.ts';
import { EXERCISE_REGION, BELOW_INTRINSIC, ABOVE_MAXIMUM, NO_QUOTE, OK, EXPIRED } from '../european/outcomes.ts';
import { impliedVolatility } from '../implied-volatility.ts';
import { normalCdf } from '../normal.ts';
import { certainPrice, discreteDividendPrice, heatProblem } from './dividend-price.ts';
import { directVolatility } from './direct-volatility.ts';
import { CHAIN, HeatWorkspace, lagrange6, solveHeat } from './heat-solver.ts';
import { cubicWeights, slopes, weights } from './cubic.ts';
import { backwardDividends, termsUsable } from './model.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

interface Curve {
  readonly values: Float64Array;
  readonly first: number;
  readonly spacing: number;
}

const VOLATILITY_RATIO = Math.log(1.14);
/** Strike nodes lie nearer where much is paid: more than this share of the reference. */
const MUCH_CASH = 0.005;
const STRIKE_RATIOS = { much: 0.1, little: 0.2 };
const REFERENCE = 0.2;
const LEAST_NODE = -30;
const MOST_NODE = 26;
/** A dividend in this last share of the life falls within a cell of the lattice: half the spacing then. */
const LATE = 0.006;
/** Of the reference: with so much paid no lattice is trusted, each contract is solved for itself. */
const HEAVY = 0.3;
const LATE_CHAIN = { ...CHAIN, perDeviation: 2 * CHAIN.perDeviation };
/** Doubles a buffer of curves. */
const BUFFER = 4096;
const MOST_ITERATIONS = 60;
/** Beyond this total deviation a contract is solved for itself: the lattice's cells grow with it, and at 4 it is of no use. */
const MOST_LATTICE_DEVIATION = 1.5;
/** Factor by which one Newton step may change a volatility. */
const MOST_STEP = 2;
/** Of the larger of spot and strike, that a lattice volatility may miss its quote by. */
const MOST_MISS = 1e-6;
/** Of the strike. */
const NO_TIME_VALUE = 1e-7;
const MOST_DIRECT_MISS = 1e-5;
/** Beyond this delta a contract is solved for itself: 0.8 at once, falling to 0.65 at a year, where boundaries lie nearer. */
const directDelta = (years: number): number => 0.8 - 0.15 * Math.min(years, 1);
/** Where a search begins that knows nothing, and the least that a search on the contract itself begins at. */
const START = 0.3;
const LEAST_START = 0.02;
/** So few quotes do not pay for a lattice: each is solved for itself. */
const FEW = 3;
/** Of rate, small enough that a difference to one side will do: the other would cost a lattice more. */
const LATTICE_RATE_BUMP = 2.5e-4;
/** No outcome of a caller: the lattice has no volatility for the price, the contract itself may. */
const UNSETTLED = 255;
const work = new HeatWorkspace();
const corrections = new Float64Array(4);

/**
 * All options of one expiry. The difference between the American value with its dividends and a Black value on the same forward is smooth:
 * it is solved for on a coarse lattice of volatilities (ratio 1.14) and of strikes (which enter through cash/strike only; one node when
 * no cash is paid), when first asked for, and interpolated. A solve covers every spot, so a slice stays good while the spot moves.
 */
export class DividendSlice {
  readonly terms: SliceTerms;
  readonly #curves = new Map<number, Curve>();
  #buffer = new Float64Array(0);
  #used = 0;
  readonly #reference: number;
  readonly #grow: number;
  readonly #loss: number;
  readonly #discount: number;
  readonly #cash: boolean;
  readonly #usable: boolean;
  readonly #late: boolean;
  readonly #heavy: boolean;
  /** Of an expiry before which nothing is paid: the collocation of the American kernels serves. */
  readonly #plain: AmericanChain | undefined;
  readonly #strikeRatio: number;
  /** The same expiry at a rate next to its own, for rho. */
  #dearer: DividendSlice | undefined;

  /** `reference`: a strike or spot of the chain's size; only places the nodes. */
  constructor(terms: SliceTerms, reference: number) {
    this.#usable = termsUsable(terms);
    this.terms = this.#usable ? { ...terms, dividends: backwardDividends(terms.dividends, terms.years) } : terms;
    this.#reference = reference;
    const carry = terms.rate - terms.yield;
    let grow = Math.exp(carry * terms.years);
    let loss = 0;
    let cash = false;
    let pays = false;
    let late = false;
    // The forward is grow * spot - loss.
    for (const one of terms.dividends.filter((d) => d.years > 0 && d.years < terms.years)) {
      grow *= 1 - one.proportion;
      const later = terms.dividends.reduce(
        (keep, d) => (d.years > one.years && d.years < terms.years ? keep * (1 - d.proportion) : keep),
        1,
      );
      loss += one.cash * later * Math.exp(carry * (terms.years - one.years));
      cash ||= one.cash > 0;
      pays ||= one.cash > 0 || one.proportion > 0;
      late ||= terms.years - one.years < LATE * terms.years;
    }
    this.#grow = grow;
    this.#loss = loss;
    this.#discount = Math.exp(-terms.rate * terms.years);
    this.#cash = cash;
    this.#late = late && pays;
    this.#heavy = loss > HEAVY * reference;
    this.#plain = pays ? undefined : new AmericanChain();
    this.#strikeRatio = loss > MUCH_CASH * reference ? STRIKE_RATIOS.much : STRIKE_RATIOS.little;
  }

  /** Solves done so far: what the slice has cost. */
  get solves(): number {
    return this.#curves.size + (this.#dearer?.solves ?? 0);
  }

  forward(spot: number): number {
    return this.#grow * spot - this.#loss;
  }

  #curve(call: boolean, volatilityNode: number, strikeNode: number): Curve {
    const key = ((volatilityNode + 64) * 256 + (strikeNode + 128)) * 2 + (call ? 1 : 0);
    const known = this.#curves.get(key);
    if (known !== undefined) return known;
    const strike = this.#reference * Math.exp(this.#strikeRatio * strikeNode);
    const volatility = REFERENCE * Math.exp(VOLATILITY_RATIO * volatilityNode);
    const option = {
      ...this.terms,
      spot: strike,
      strike,
      volatility,
      right: call ? 'call' : 'put',
      exercise: 'american',
    } as const;
    solveHeat(heatProblem(option, 0, 0, 1.3), this.#late ? LATE_CHAIN : CHAIN, work);
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
    const at = Math.log(strike / this.#reference) / this.#strikeRatio;
    const middle = Math.round(at);
    const t = at - middle;
    return (
      0.5 * t * (t - 1) * this.#difference(call, volatilityNode, middle - 1, x) +
      (1 - t * t) * this.#difference(call, volatilityNode, middle, x) +
      0.5 * t * (t + 1) * this.#difference(call, volatilityNode, middle + 1, x)
    );
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
    const strike = this.#cash ? this.#reference * Math.exp(this.#strikeRatio * strikeNode) : this.#reference;
    const forward = this.#grow * spot - this.#loss / strike;
    return value - this.#black(forward, REFERENCE * Math.exp(VOLATILITY_RATIO * volatilityNode), sign);
  }

  #black(forward: number, volatility: number, sign: 1 | -1): number {
    if (forward <= 0) return sign > 0 ? 0 : this.#discount * (1 - forward);
    const deviation = volatility * Math.sqrt(this.terms.years);
    const d = Math.log(forward) / deviation + 0.5 * deviation;
    return this.#discount * sign * (forward * normalCdf(sign * d) - normalCdf(sign * (d - deviation)));
  }

  #fill(call: boolean, base: number, x: number, strike: number): void {
    for (let k = 0; k < 4; k += 1) corrections[k] = this.#correction(call, base + k, x, strike);
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
    const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
    const base = Math.min(Math.max(Math.floor(node) - 1, LEAST_NODE), MOST_NODE);
    this.#fill(call, base, Math.log(spot / strike), strike);
    return this.#at(spot, strike, call, volatility, base);
  }

  #at(spot: number, strike: number, call: boolean, volatility: number, base: number): number {
    cubicWeights(Math.log(volatility / REFERENCE) / VOLATILITY_RATIO - base);
    const forward = (this.#grow * spot - this.#loss) / strike;
    const sign = call ? 1 : -1;
    const value = strike * (this.#black(forward, volatility, sign) + this.#sum(weights));
    return Math.min(Math.max(value, sign * (spot - strike), 0), call ? spot : strike * Math.max(1, this.#discount));
  }

  /** What can be said of a quote before any solve; `OK` when a volatility must be looked for. */
  #screen(spot: number, strike: number, call: boolean, price: number): number {
    const sign = call ? 1 : -1;
    const intrinsic = Math.max(sign * (spot - strike), 0);
    if (!this.#usable || !(price > 0) || !(spot > 0) || !(strike > 0) || !Number.isFinite(price * spot * strike))
      return NO_QUOTE;
    if (this.terms.years <= 0) return EXPIRED;
    if (price < intrinsic * (1 - 1e-12)) return BELOW_INTRINSIC;
    if (price <= intrinsic + NO_TIME_VALUE * strike) return EXERCISE_REGION;
    if (price >= (call ? spot : strike * Math.max(1, this.#discount))) return ABOVE_MAXIMUM;
    const bound = certainPrice({
      ...this.terms,
      spot,
      strike,
      volatility: 0,
      right: call ? 'call' : 'put',
      exercise: 'american',
    });
    // Within the grid's accuracy of the certain value nothing is told of volatility.
    return price <= bound + NO_TIME_VALUE * strike ? BELOW_INTRINSIC : OK;
  }

  /** The status and, when it is `OK`, `found` holds the volatility; `UNSETTLED` when the lattice has none that gives the price. */
  #solve(spot: number, strike: number, call: boolean, price: number, guess: number): number {
    const status = this.#screen(spot, strike, call, price);
    if (status !== OK) return status;
    const x = Math.log(spot / strike);
    const least = REFERENCE * Math.exp(VOLATILITY_RATIO * LEAST_NODE);
    const most = this.#mostVolatility();
    let low = least;
    let high = most;
    let volatility = Math.min(Math.max(guess, Math.min(0.02, 0.5 * most)), 0.95 * most);
    let base = Number.NaN;
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration += 1) {
      const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
      const wanted = Math.min(Math.max(Math.floor(node) - 1, LEAST_NODE), MOST_NODE);
      if (wanted !== base) {
        base = wanted;
        this.#fill(call, base, x, strike);
      }
      const miss = this.#at(spot, strike, call, volatility, base) - price;
      if (miss > 0) high = volatility;
      else low = volatility;
      const step = -miss / this.#vega(spot, strike, volatility);
      let next = Math.min(Math.max(volatility + step, volatility / MOST_STEP), MOST_STEP * volatility);
      if (!(next > low && next < high)) next = Math.sqrt(low * high);
      const settled = Math.abs(step) < 1e-9 + 1e-9 * volatility || high - low < 1e-10;
      if (settled && Math.abs(miss) < MOST_MISS * Math.max(spot, strike)) {
        found = volatility;
        return found <= least * 1.01 ? UNSETTLED : OK;
      }
      if (high - low < 1e-10) break;
      volatility = next;
    }
    // Dearer than at the lattice's end, cheaper than at its beginning, or at a step of the lattice from one set of nodes to the next.
    found = low > 0.99 * most ? most : low;
    return UNSETTLED;
  }

  #mostVolatility(): number {
    const most = REFERENCE * Math.exp(VOLATILITY_RATIO * (MOST_NODE + 3));
    return Math.min(most, MOST_LATTICE_DEVIATION / Math.sqrt(this.terms.years));
  }

  /** Slope of `#at` in volatility with the weights it left behind. */
  #vega(spot: number, strike: number, volatility: number): number {
    const forward = (this.#grow * spot - this.#loss) / strike;
    let black = 0;
    if (forward > 0) {
      const root = Math.sqrt(this.terms.years);
      const d = Math.log(forward) / (volatility * root) + 0.5 * volatility * root;
      black = this.#discount * forward * root * 0.3989422804014327 * Math.exp(-0.5 * d * d);
    }
    return strike * (black + this.#sum(slopes) / (VOLATILITY_RATIO * volatility));
  }

  /** Only status, volatility and vega of `implied`, from the lattice alone: for quotes near the money. `no-quote` where it has no answer. */
  volatilities(
    count: number,
    spot: number,
    strike: Float64Array,
    call: Uint8Array,
    price: Float64Array,
    guess: Float64Array,
    out: Pick<SliceColumns, 'volatility' | 'vega' | 'status'>,
  ): void {
    for (let i = 0; i < count; i += 1) {
      const k = strike[i] ?? 0;
      const start = guess[i] ?? 0;
      const isCall = call[i] === 1;
      const status = this.#solve(
        spot,
        k,
        isCall,
        price[i] ?? 0,
        start > 0 ? start : this.#start(spot, k, isCall, price[i] ?? 0),
      );
      out.status[i] = status === UNSETTLED ? NO_QUOTE : status;
      out.volatility[i] = status === OK ? found : 0;
      out.vega[i] = status === OK ? 0.01 * this.#vega(spot, k, found) : 0;
    }
  }

  /**
   * Implied volatility and greeks of `count` quotes; `call` 1 or 0; `guess` is a starting volatility (a European one does).
   * Never throws, never NaN: see `OUTCOMES` for the status numbers.
   */
  implied(
    count: number,
    spot: number,
    strike: Float64Array,
    call: Uint8Array,
    price: Float64Array,
    guess: Float64Array,
    out: SliceColumns,
  ): void {
    const { terms } = this;
    if (this.#plain !== undefined && this.#usable) {
      const one = (value: number): Float64Array => Float64Array.of(value);
      const expiry = { years: one(terms.years), rate: one(terms.rate), yield: one(terms.yield) };
      this.#plain.solve(count, { spot, ...expiry, expiry: new Int32Array(count), strike, call, price }, out);
      return;
    }
    const forward = this.forward(spot);
    const smile = new Map<number, number>();
    // Out-of-the-money quotes first: they know the volatility best, and the other right of the strike starts from theirs.
    for (let pass = 0; pass < 2; pass += 1) {
      for (let i = 0; i < count; i += 1) {
        const k = strike[i] ?? 0;
        const isCall = call[i] === 1;
        const inside = isCall ? k < forward : k >= forward;
        if (inside !== (pass === 1)) continue;
        const start = smile.get(k) ?? guess[i] ?? 0;
        this.#quote(i, spot, k, isCall, price[i] ?? 0, start, count <= FEW, out);
        if (pass === 0 && out.status[i] === OK) smile.set(k, out.volatility[i] ?? 0);
      }
    }
  }

  #quote(
    i: number,
    spot: number,
    strike: number,
    call: boolean,
    price: number,
    known: number,
    alone: boolean,
    out: SliceColumns,
  ): void {
    const { years, rate } = this.terms;
    clear(i, out);
    let status = this.#screen(spot, strike, call, price);
    out.status[i] = status;
    if (status !== OK) return;
    const forward = this.forward(spot);
    const deep = directDelta(years);
    const guess = known > 0 ? known : this.#start(spot, strike, call, price);
    const direct = (from: number): boolean =>
      directVolatility(this.terms, forward, i, spot, strike, call, price, from, this.#late || this.#heavy, alone, out);
    // A guess that the caller knows decides at once; otherwise the volatility that the lattice finds does.
    const knownDeep = known > 0 && this.#depth(spot, strike, call, known) > deep;
    if (alone && direct(guess)) return this.#refuseBeyondDoubles(i, out);
    if (knownDeep && direct(known)) return this.#refuseBeyondDoubles(i, out);
    status = this.#solve(spot, strike, call, price, guess);
    const volatility = found;
    const isDeep = status !== OK || this.#heavy || this.#depth(spot, strike, call, volatility) > deep;
    if (isDeep && direct(Math.max(volatility, LEAST_START))) return this.#refuseBeyondDoubles(i, out);
    if (status !== OK || (isDeep && !this.#reprices(spot, strike, call, price, volatility))) {
      out.status[i] = this.#untold(spot, strike, call, price);
      return;
    }
    out.status[i] = OK;
    const here = this.price(spot, strike, call, volatility);
    const vega = this.#vega(spot, strike, volatility);
    const d = 0.025 * volatility * Math.sqrt(years);
    const up = this.#moved(spot, d, strike, call, volatility);
    const down = this.#moved(spot, -d, strike, call, volatility);
    const slope = (up - down) / (2 * d);
    const curve = (up - 2 * here + down) / (d * d);
    const half = 0.5 * volatility * volatility;
    out.volatility[i] = volatility;
    out.vega[i] = 0.01 * vega;
    out.delta[i] = slope / spot;
    out.gamma[i] = (curve - slope) / (spot * spot);
    out.theta[i] = (rate * here - (rate - this.terms.yield) * slope - half * (curve - slope)) / 365;
    out.rho[i] = this.#rho(spot, strike, call, volatility);
    this.#refuseBeyondDoubles(i, out);
  }

  /** Black's volatility on the forward: near, but for what early exercise is worth. */
  #start(spot: number, strike: number, call: boolean, price: number): number {
    const { years, rate } = this.terms;
    const forward = this.forward(spot);
    if (!(forward > 0)) return START;
    const right = call ? 'call' : 'put';
    const found = impliedVolatility({ spot: forward, strike, years, rate, yield: rate, right, price });
    return found.kind === 'ok' ? found.volatility : START;
  }

  /** Black's |delta| for contracts in the money, 0 for others. */
  #depth(spot: number, strike: number, call: boolean, volatility: number): number {
    const forward = this.forward(spot) / strike;
    if (forward <= 0) return call ? 0 : 1;
    const deviation = volatility * Math.sqrt(this.terms.years);
    const d = Math.log(forward) / deviation + 0.5 * deviation;
    return normalCdf(call ? d : -d);
  }

  /** A contract whose greeks no double holds is not told. */
  #refuseBeyondDoubles(i: number, out: SliceColumns): void {
    const { delta, gamma, vega, theta, rho } = out;
    const sum = (delta[i] ?? 0) + (gamma[i] ?? 0) + (vega[i] ?? 0) + (theta[i] ?? 0) + (rho[i] ?? 0);
    if (Number.isFinite(sum)) return;
    clear(i, out);
    out.status[i] = NO_QUOTE;
  }

  /** Whether the contract itself is worth the price at a volatility of the lattice. */
  #reprices(spot: number, strike: number, call: boolean, price: number, volatility: number): boolean {
    const right = call ? 'call' : 'put';
    const value = discreteDividendPrice({ ...this.terms, spot, strike, volatility, right, exercise: 'american' });
    return Math.abs(value.price - price) < MOST_DIRECT_MISS * Math.max(spot, strike);
  }

  /** What is told of a price that no volatility gives. */
  #untold(spot: number, strike: number, call: boolean, price: number): number {
    const most = 0.99 * this.#mostVolatility();
    if (price > this.price(spot, strike, call, most)) return ABOVE_MAXIMUM;
    return NO_QUOTE;
  }

  /** Per 0.01 of rate: the Black part moves exactly, the correction's slope is linear between the nodes about the contract. */
  #rho(spot: number, strike: number, call: boolean, volatility: number): number {
    this.#dearer ??= new DividendSlice({ ...this.terms, rate: this.terms.rate + LATTICE_RATE_BUMP }, this.#reference);
    const dearer = this.#dearer;
    const sign = call ? 1 : -1;
    const x = Math.log(spot / strike);
    const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
    const base = Math.min(Math.max(Math.floor(node), LEAST_NODE), MOST_NODE);
    const at = this.#cash ? Math.log(strike / this.#reference) / this.#strikeRatio : 0;
    const left = Math.floor(at);
    let change =
      dearer.#black(dearer.forward(spot) / strike, volatility, sign) -
      this.#black(this.forward(spot) / strike, volatility, sign);
    for (let a = 0; a < 2; a += 1) {
      const weight = a === 0 ? 1 - node + base : node - base;
      for (let b = 0; b < (this.#cash ? 2 : 1); b += 1) {
        const share = weight * (b === 0 ? 1 - at + left : at - left);
        const node2 = left + b;
        change += share * (dearer.#difference(call, base + a, node2, x) - this.#difference(call, base + a, node2, x));
      }
    }
    return (0.01 * strike * change) / LATTICE_RATE_BUMP;
  }

  #moved(spot: number, by: number, strike: number, call: boolean, volatility: number): number {
    return this.price(spot * Math.exp(by), strike, call, volatility);
  }
}

let found = 0;

function clear(i: number, out: SliceColumns): void {
  out.volatility[i] = 0;
  out.delta[i] = 0;
  out.gamma[i] = 0;
  out.vega[i] = 0;
  out.theta[i] = 0;
  out.rho[i] = 0;
}
