import { AmericanChain } from '../american/american-chain.ts';
import { EXERCISE_REGION, BELOW_INTRINSIC, ABOVE_MAXIMUM, NO_QUOTE, OK, EXPIRED } from '../european/outcomes.ts';
import { normalCdf } from '../normal.ts';
import { certainPrice, heatProblem } from './dividend-price.ts';
import { directVolatility, RATE_BUMP } from './direct-volatility.ts';
import { CHAIN, HeatWorkspace, lagrange6, solveHeat } from './heat-solver.ts';
import { cubicWeights, slopes, weights } from './cubic.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

interface Curve {
  readonly values: Float64Array;
  readonly first: number;
  readonly spacing: number;
}

const VOLATILITY_RATIO = Math.log(1.14);
/** Strike nodes lie nearer where much is paid: more than this share of the reference. */
const MUCH_CASH = 0.03;
const STRIKE_RATIOS = { much: 0.14, little: 0.2 };
const REFERENCE = 0.2;
const LEAST_NODE = -30;
const MOST_NODE = 26;
const MOST_ITERATIONS = 40;
/** Beyond this delta a contract is solved for itself: 0.8 at once, falling to 0.65 at a year, where boundaries lie nearer. */
const directDelta = (years: number): number => 0.8 - 0.15 * Math.min(years, 1);
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
  readonly #reference: number;
  readonly #grow: number;
  readonly #loss: number;
  readonly #discount: number;
  readonly #cash: boolean;
  /** Of an expiry before which nothing is paid: the collocation of the American kernels serves. */
  readonly #plain: AmericanChain | undefined;
  readonly #strikeRatio: number;
  #bumped: DividendSlice | undefined;

  /** `reference`: a strike or spot of the chain's size; only places the nodes. */
  constructor(terms: SliceTerms, reference: number) {
    this.terms = terms;
    this.#reference = reference;
    const carry = terms.rate - terms.yield;
    let grow = Math.exp(carry * terms.years);
    let loss = 0;
    let cash = false;
    let pays = false;
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
    }
    this.#grow = grow;
    this.#loss = loss;
    this.#discount = Math.exp(-terms.rate * terms.years);
    this.#cash = cash;
    this.#plain = pays ? undefined : new AmericanChain();
    this.#strikeRatio = loss > MUCH_CASH * reference ? STRIKE_RATIOS.much : STRIKE_RATIOS.little;
  }

  /** Solves done so far: what the slice has cost. */
  get solves(): number {
    return this.#curves.size + (this.#bumped?.solves ?? 0);
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
    solveHeat(heatProblem(option, 0, 0, 1.3), CHAIN, work);
    const curve = { values: work.values.slice(0, work.count), first: work.first, spacing: work.spacing };
    this.#curves.set(key, curve);
    return curve;
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
    return Math.max(value, sign * (spot - strike), 0);
  }

  /** What can be said of a quote before any solve; `OK` when a volatility must be looked for. */
  #screen(spot: number, strike: number, call: boolean, price: number): number {
    const sign = call ? 1 : -1;
    const intrinsic = Math.max(sign * (spot - strike), 0);
    if (!(price > 0) || !(spot > 0) || !(strike > 0) || !Number.isFinite(price * spot * strike)) return NO_QUOTE;
    if (this.terms.years <= 0) return EXPIRED;
    if (price < intrinsic * (1 - 1e-12)) return BELOW_INTRINSIC;
    if (price <= intrinsic + 1e-7 * strike) return EXERCISE_REGION;
    if (price >= (call ? spot : strike * Math.max(1, this.#discount))) return ABOVE_MAXIMUM;
    const bound = certainPrice({
      ...this.terms,
      spot,
      strike,
      volatility: 0,
      right: call ? 'call' : 'put',
      exercise: 'american',
    });
    return price <= bound ? BELOW_INTRINSIC : OK;
  }

  /** The status and, when it is `OK`, `found` holds the volatility. */
  #solve(spot: number, strike: number, call: boolean, price: number, guess: number): number {
    const status = this.#screen(spot, strike, call, price);
    if (status !== OK) return status;
    const x = Math.log(spot / strike);
    const least = REFERENCE * Math.exp(VOLATILITY_RATIO * LEAST_NODE);
    const most = REFERENCE * Math.exp(VOLATILITY_RATIO * (MOST_NODE + 3));
    let low = least;
    let high = most;
    let volatility = Math.min(Math.max(guess, 0.02), 3);
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
      const vega = this.#vega(spot, strike, volatility);
      const step = -miss / vega;
      let next = volatility + step;
      if (!(next > low && next < high)) next = Math.sqrt(low * high);
      if (Math.abs(next - volatility) < 1e-9 + 1e-9 * volatility || high - low < 1e-10) {
        found = next;
        return found <= least * 1.01 ? EXERCISE_REGION : found >= most * 0.99 ? ABOVE_MAXIMUM : OK;
      }
      volatility = next;
    }
    found = volatility;
    return OK;
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

  /** Only status, volatility and vega of `implied`, from the lattice alone: for quotes near the money. */
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
      const status = this.#solve(spot, k, call[i] === 1, price[i] ?? 0, start > 0 ? start : 0.3);
      out.status[i] = status;
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
    if (this.#plain !== undefined) {
      const one = (value: number): Float64Array => Float64Array.of(value);
      const expiry = { years: one(terms.years), rate: one(terms.rate), yield: one(terms.yield) };
      this.#plain.solve(count, { spot, ...expiry, expiry: new Int32Array(count), strike, call, price }, out);
      return;
    }
    this.#bumped ??= new DividendSlice({ ...terms, rate: terms.rate + RATE_BUMP }, this.#reference);
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
        this.#quote(i, spot, k, isCall, price[i] ?? 0, start > 0 ? start : 0.3, out, this.#bumped);
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
    guess: number,
    out: SliceColumns,
    bumped: DividendSlice,
  ): void {
    const { years, rate } = this.terms;
    out.volatility[i] = 0;
    out.delta[i] = 0;
    out.gamma[i] = 0;
    out.vega[i] = 0;
    out.theta[i] = 0;
    out.rho[i] = 0;
    let status = this.#screen(spot, strike, call, price);
    out.status[i] = status;
    if (status !== OK) return;
    if (
      this.#depth(spot, strike, call, guess) > directDelta(years) &&
      directVolatility(this.terms, this.forward(spot), i, spot, strike, call, price, guess, out)
    )
      return;
    status = this.#solve(spot, strike, call, price, guess);
    out.status[i] = status;
    if (status !== OK) return;
    const volatility = found;
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
    out.rho[i] = this.#rho(spot, strike, call, volatility, bumped);
  }

  /** Black's |delta| for contracts in the money, 0 for others. */
  #depth(spot: number, strike: number, call: boolean, volatility: number): number {
    const forward = this.forward(spot) / strike;
    if (forward <= 0) return call ? 0 : 1;
    const deviation = volatility * Math.sqrt(this.terms.years);
    const d = Math.log(forward) / deviation + 0.5 * deviation;
    return normalCdf(call ? d : -d);
  }

  /** Per 0.01 of rate: the Black part moves exactly, the correction's slope is linear between the nodes about the contract. */
  #rho(spot: number, strike: number, call: boolean, volatility: number, bumped: DividendSlice): number {
    const sign = call ? 1 : -1;
    const x = Math.log(spot / strike);
    const node = Math.log(volatility / REFERENCE) / VOLATILITY_RATIO;
    const base = Math.min(Math.max(Math.floor(node), LEAST_NODE), MOST_NODE);
    const at = this.#cash ? Math.log(strike / this.#reference) / this.#strikeRatio : 0;
    const left = Math.floor(at);
    let change =
      bumped.#black(bumped.forward(spot) / strike, volatility, sign) -
      this.#black(this.forward(spot) / strike, volatility, sign);
    for (let a = 0; a < 2; a += 1) {
      const weight = a === 0 ? 1 - node + base : node - base;
      for (let b = 0; b < (this.#cash ? 2 : 1); b += 1) {
        const share = weight * (b === 0 ? 1 - at + left : at - left);
        const node2 = left + b;
        change += share * (bumped.#difference(call, base + a, node2, x) - this.#difference(call, base + a, node2, x));
      }
    }
    return (0.01 * strike * change) / RATE_BUMP;
  }

  #moved(spot: number, by: number, strike: number, call: boolean, volatility: number): number {
    return this.price(spot * Math.exp(by), strike, call, volatility);
  }
}

let found = 0;
