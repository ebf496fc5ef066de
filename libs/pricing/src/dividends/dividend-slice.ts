import { AmericanChain } from '../american/american-chain.ts';
import { americanGreeks } from '../american/american-option.ts';
import { clearFigures } from '../american/chain-columns.ts';
import { EXERCISE_REGION, BELOW_INTRINSIC, ABOVE_MAXIMUM, NO_QUOTE, OK, EXPIRED } from '../european/outcomes.ts';
import { impliedVolatility } from '../implied-volatility.ts';
import { normalCdf } from '../normal.ts';
import { directVolatility, MOST_SOUGHT_DEVIATION } from './direct-volatility.ts';
import { DividendLattice, leastVolatility } from './dividend-lattice.ts';
import { certainPrice, discreteDividendPrice } from './dividend-price.ts';
import { FAST, FINE, type HeatResolution } from './heat-resolution.ts';
import { latticeVolatility } from './lattice-search.ts';
import { termsUsable } from './model.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

/** Of the strike. */
const NO_TIME_VALUE = 1e-7;
/** Of the spot: by how much the contract itself may miss the price at a volatility of the lattice that is not to be trusted. */
const MOST_DIRECT_MISS = 1e-5;
/** Beyond this rate or yield, and where much of the price is paid out, the grids differ: the fine one must give the price again, within this share of the larger of spot and strike. */
const MOST_USUAL_RATE = 0.5;
const MOST_STRANGE_MISS = 1e-4;
/**
 * Beyond this delta a contract is solved for itself: 0.8 at once, falling to 0.65 at a year, where boundaries lie nearer; and less for strikes of many
 * times the spot, as the lattice's error is a share of the strike.
 */
const directDelta = (years: number, strikes: number): number =>
  Math.min(0.8 - 0.15 * Math.min(years, 1), strikes > MANY_STRIKES ? 0.5 : 1);
const MANY_STRIKES = 2.5;
/** Where a search begins that knows nothing, and the least that a search on the contract itself begins at. */
const START = 0.3;
const LEAST_START = 0.02;
/** So few quotes do not pay for a lattice: each is solved for itself. */
const FEW = 3;

/** All options of one expiry: implied volatilities and greeks, from a lattice of values that stays good while the spot moves. */
export class DividendSlice {
  readonly terms: SliceTerms;
  readonly #usable: boolean;
  readonly #lattice: DividendLattice;
  /** Of an expiry before which nothing is paid: the collocation of the American kernels serves. */
  readonly #plain: AmericanChain | undefined;

  /** `reference`: a strike or spot of the chain's size; only places the nodes. */
  constructor(terms: SliceTerms, reference: number) {
    this.terms = terms;
    this.#usable = termsUsable(terms);
    this.#lattice = new DividendLattice(terms, reference);
    this.#plain = this.#lattice.pays ? undefined : new AmericanChain();
  }

  /** Solves of the lattice done so far: what the slice has cost. */
  get solves(): number {
    return this.#lattice.solves;
  }

  forward(spot: number): number {
    return this.#lattice.forward(spot);
  }

  /**
   * Value of a contract, dollars per share, not below its exercise value: within 0.04 per 100 (deep in the money; near it within 0.001). Where the
   * lattice is not trusted the contract is solved for itself.
   */
  price(spot: number, strike: number, call: boolean, volatility: number): number {
    const lattice = this.#lattice;
    const trusted = !lattice.heavy && !lattice.late && volatility > leastVolatility;
    if (trusted && volatility < lattice.mostVolatility()) return lattice.price(spot, strike, call, volatility);
    const option = { ...lattice.terms, spot, strike, volatility, right: call ? 'call' : 'put' } as const;
    if (!lattice.pays) return americanGreeks(option, 'fast').price;
    return discreteDividendPrice({ ...option, exercise: 'american' }).price;
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
    if (price >= (call ? spot : strike * Math.max(1, this.#lattice.discount))) return ABOVE_MAXIMUM;
    const bound = certainPrice({
      ...this.#lattice.terms,
      spot,
      strike,
      volatility: 0,
      right: call ? 'call' : 'put',
      exercise: 'american',
    });
    // Within the grid's accuracy of the certain value nothing is told of volatility.
    return price <= bound + NO_TIME_VALUE * strike ? BELOW_INTRINSIC : OK;
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
      const quote = price[i] ?? 0;
      const screened = this.#screen(spot, k, isCall, quote);
      out.status[i] = screened;
      out.volatility[i] = 0;
      out.vega[i] = 0;
      if (screened !== OK) continue;
      const from = start > 0 ? start : this.#start(spot, k, isCall, quote);
      const { settled, volatility } = latticeVolatility(this.#lattice, spot, k, isCall, quote, from);
      out.status[i] = settled ? OK : NO_QUOTE;
      if (!settled) continue;
      out.volatility[i] = volatility;
      out.vega[i] = 0.01 * this.#lattice.vega(spot, k, volatility);
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
    clearFigures(out, i);
    const screened = this.#screen(spot, strike, call, price);
    out.status[i] = screened;
    if (screened !== OK) return;
    const lattice = this.#lattice;
    const { late, heavy } = lattice;
    const forward = this.forward(spot);
    const deep = directDelta(years, strike / spot);
    const guess = known > 0 ? known : this.#start(spot, strike, call, price);
    const strange = heavy || Math.max(Math.abs(rate), Math.abs(this.terms.yield)) > MOST_USUAL_RATE;
    const most = MOST_STRANGE_MISS * Math.max(spot, strike);
    const direct = (from: number): boolean =>
      directVolatility(lattice.terms, forward, i, spot, strike, call, price, from, late || heavy, alone, out) &&
      (!strange || this.#reprices(spot, strike, call, price, out.volatility[i] ?? 0, FINE, most));
    // A guess that the caller knows decides at once; otherwise the volatility that the lattice finds does.
    const knownDeep = known > 0 && this.#depth(spot, strike, call, known) > deep;
    if (alone && direct(guess)) return this.#refuseBeyondDoubles(i, out);
    if (knownDeep && direct(known)) return this.#refuseBeyondDoubles(i, out);
    const { settled, volatility } = latticeVolatility(lattice, spot, strike, call, price, guess);
    const isDeep = !settled || heavy || lattice.touching || this.#depth(spot, strike, call, volatility) > deep;
    if (isDeep && direct(Math.max(volatility, LEAST_START))) return this.#refuseBeyondDoubles(i, out);
    const again = (): boolean =>
      strange
        ? this.#reprices(spot, strike, call, price, volatility, FINE, most)
        : !isDeep || this.#reprices(spot, strike, call, price, volatility, FAST, MOST_DIRECT_MISS * spot);
    if (!settled || !again()) {
      clearFigures(out, i);
      out.status[i] = this.#untold(spot, strike, call, price);
      return;
    }
    out.status[i] = OK;
    const here = lattice.price(spot, strike, call, volatility);
    const vega = lattice.vega(spot, strike, volatility);
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
    out.rho[i] = lattice.rho(spot, strike, call, volatility);
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
    clearFigures(out, i);
    out.status[i] = NO_QUOTE;
  }

  /** Whether the contract itself is worth the price at a volatility, within `most` dollars. */
  #reprices(
    spot: number,
    strike: number,
    call: boolean,
    price: number,
    volatility: number,
    resolution: HeatResolution,
    most: number,
  ): boolean {
    const right = call ? 'call' : 'put';
    const option = { ...this.#lattice.terms, spot, strike, volatility, right, exercise: 'american' } as const;
    return Math.abs(discreteDividendPrice(option, resolution).price - price) < most;
  }

  /** What is told of a price that no volatility gives. */
  #untold(spot: number, strike: number, call: boolean, price: number): number {
    const volatility = MOST_SOUGHT_DEVIATION / Math.sqrt(this.terms.years);
    const right = call ? 'call' : 'put';
    const option = { ...this.#lattice.terms, spot, strike, volatility, right, exercise: 'american' } as const;
    return price > discreteDividendPrice(option).price ? ABOVE_MAXIMUM : NO_QUOTE;
  }

  #moved(spot: number, by: number, strike: number, call: boolean, volatility: number): number {
    return this.price(spot * Math.exp(by), strike, call, volatility);
  }
}
