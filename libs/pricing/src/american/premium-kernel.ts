import { capSlope } from './boundary-solver.ts';
import { tableExp } from './normal-table.ts';
import { LANES, MOST_TERMS, PLACE, type PremiumBlock, premiumMemory, RESULT } from './simd/premium-memory.ts';
import { premiumProgram, type PremiumProgram, type SeriesProgram } from './simd/premium-program.ts';
import type { Terms } from './simd/vector-functions.ts';

/** Distance to the boundary, in total deviations, within which the closed form is taken out of the integrand. */
const NEAR = 1.5;
/** Beyond such exponents the closed form would lose accuracy. */
const LARGEST_EXPONENT = 12;

/**
 * Early exercise premium of an American put with strike 1 and its derivatives, from the boundary at the points of one
 * angular quadrature (`PremiumGrid`): the integral of I. Kim, "The Analytic Valuation of American Options" (1990),
 *   p(S) = ∫ r e^(-rv) Φ(-d-) - q S e^(-qv) Φ(-d+) dv,   d± = (ln(S/B(T-v)) + (r-q ± σ²/2) v) / (σ sqrt(v)).
 * Derivatives are those of the integrand: S e^(-qv) φ(d+) = B e^(-rv) φ(d-) removes half of the terms; vega and rho include the
 * dependence of the boundary.
 *
 * Near the boundary the integrand is not smooth. The part that is not is that of a boundary which grows exponentially backwards in time, in closed form:
 *   I = ∫_0^T ρ e^(-ρv) Φ(-(α + βv)/(σ sqrt(v))) dv,   α > 0.
 * By parts, with γ = sqrt(β² + 2ρσ²) and p = (1 + β/γ)/2 (the first-passage integral of an inverse Gaussian density):
 *   I = -e^(-ρT) Φ(-(α+βT)/s) + p e^(α(γ-β)/σ²) Φ(-(α+γT)/s) + (1-p) e^(-α(γ+β)/σ²) Φ(-(α-γT)/s),   s = σ sqrt(T).
 * The terms of φ cancel in the first two derivatives with respect to α.
 *
 * Set up once an expiry (`terms`), once a volatility (the boundary: `fromNodes`, or `fromSeries` and `last`), then one call a contract. All
 * users of a thread share one memory: whose option is in it, `premiumMemory.owner` tells.
 */
export class PremiumKernel {
  premium = 0;
  delta = 0;
  gamma = 0;
  vega = 0;
  rho = 0;
  readonly #program: PremiumProgram;
  #series: SeriesProgram;
  #years = 0;
  #rate = 0;
  #yield = 0;
  #logCap = 0;
  #volatility = 0;
  #last = 0;
  #slope = 0;

  constructor(accuracy: Terms) {
    this.#program = premiumProgram(accuracy);
    this.#series = this.#program.series(MOST_TERMS);
  }

  /** `sign` says what `rho` is a derivative by: 1 the rate, -1 the yield. */
  terms(
    owner: object,
    block: PremiumBlock,
    years: number,
    rate: number,
    dividendYield: number,
    logCap: number,
    sign: 1 | -1,
  ): void {
    premiumMemory.owner = owner;
    this.#years = years;
    this.#rate = rate;
    this.#yield = dividendYield;
    this.#logCap = logCap;
    const { places } = premiumMemory;
    places[PLACE.years] = years;
    places[PLACE.rootYears] = Math.sqrt(years);
    places[PLACE.rate] = rate;
    places[PLACE.yield] = dividendYield;
    places[PLACE.carry] = rate - dividendYield;
    places[PLACE.byRate] = sign > 0 ? 1 : 0;
    places[PLACE.byYield] = sign > 0 ? 0 : 1;
    places[PLACE.sign] = sign;
    places[PLACE.capRho] = capSlope(rate, dividendYield, sign);
    places[LANES.present] = tableExp(-rate * years);
    places[LANES.present + 1] = tableExp(-dividendYield * years);
    places[LANES.on] = rate === 0 ? 0 : 1;
    places[LANES.on + 1] = dividendYield === 0 ? 0 : 1;
    premiumMemory.use(block);
    this.#program.terms();
  }

  /** The boundary at a volatility from its nodes: y and, with `greeks`, its derivatives; dy/dτ at T. */
  fromNodes(
    volatility: number,
    order: number,
    y: Float64Array,
    yRho: Float64Array,
    yVega: Float64Array,
    slope: number,
    greeks: boolean,
  ): void {
    const { squares, rhos, vegas } = premiumMemory;
    for (let j = 0; j < order; j += 1) {
      const depth = y[j] ?? 0;
      squares[j] = depth * depth;
      if (!greeks) continue;
      rhos[j] = depth * (yRho[j] ?? 0);
      vegas[j] = depth * (yVega[j] ?? 0);
    }
    this.#at(volatility);
    this.last(y[order - 1] ?? 0, slope);
    if (!greeks) return this.#program.spread();
    this.lastDerivatives(yVega[order - 1] ?? 0, yRho[order - 1] ?? 0);
    this.#program.spreadGreeks();
  }

  /** Puts the series of an expiry's boundaries into the memory: for each of `rows` points `count` coefficients of y/σ and of dy/dr. */
  series(rows: number, count: number, depths: Float64Array, rhos: Float64Array): void {
    const { seriesDepths, seriesRhos } = premiumMemory;
    const terms = count + (count & 1);
    this.#series = this.#program.series(terms);
    for (let k = 0; k < rows + (rows & 1); k += 1) {
      const from = Math.min(k, rows - 1) * count;
      let to = (k >> 1) * 2 * MOST_TERMS + (k & 1);
      for (let j = 0; j < terms; j += 1) {
        seriesDepths[to] = j < count ? (depths[from + j] ?? 0) : 0;
        seriesRhos[to] = j < count ? (rhos[from + j] ?? 0) : 0;
        to += 2;
      }
    }
    premiumMemory.basis.fill(0);
    premiumMemory.basisSlopes.fill(0);
  }

  /** The boundary at a volatility, from the series and the functions in `basis`. */
  fromSeries(volatility: number): void {
    this.#at(volatility);
    this.#series.load();
  }

  /** Its derivatives, by `basisSlopes` and `basis` at the volatility in hand. */
  derivativesFromSeries(lastVega: number, lastRho: number): void {
    this.lastDerivatives(lastVega, lastRho);
    this.#series.loadGreeks();
  }

  /** y at T and its slope dy/dτ there. */
  last(last: number, slope: number): void {
    this.#last = last;
    this.#slope = slope;
  }

  lastDerivatives(vega: number, rho: number): void {
    premiumMemory.places[PLACE.lastVega] = vega;
    premiumMemory.places[PLACE.lastRho] = rho;
  }

  #at(volatility: number): void {
    const { places } = premiumMemory;
    this.#volatility = volatility;
    places[PLACE.volatility] = volatility;
    places[PLACE.overVolatility] = 1 / volatility;
  }

  /** Premium of the put at `spot` (strike 1), which must be above the boundary; `logSpot` = ln(spot). */
  price(spot: number, logSpot: number): number {
    if (this.#near(spot, logSpot)) this.#program.priceNear();
    else this.#program.price();
    return premiumMemory.results[RESULT.premium] ?? 0;
  }

  /** As `price`, and the derivatives: `premium`, `delta`, `gamma`, `vega` (per 1.00), `rho` (per 1.00) are left in the fields. */
  greeks(spot: number, logSpot: number): void {
    if (this.#near(spot, logSpot)) this.#program.greeksNear();
    else this.#program.greeks();
    const { results } = premiumMemory;
    const first = results[RESULT.first] ?? 0;
    this.premium = results[RESULT.premium] ?? 0;
    this.delta = first / spot;
    this.gamma = ((results[RESULT.second] ?? 0) - first) / (spot * spot);
    this.vega = results[RESULT.vega] ?? 0;
    this.rho = results[RESULT.rho] ?? 0;
  }

  /** Puts a spot into the memory; whether the closed form is to be taken out. */
  #near(spot: number, logSpot: number): boolean {
    const { places } = premiumMemory;
    const volatility = this.#volatility;
    const rise = logSpot - this.#logCap;
    const distance = rise + this.#last;
    const deviation = volatility * Math.sqrt(this.#years);
    const drift = this.#rate - this.#yield - this.#slope;
    places[PLACE.spot] = spot;
    places[PLACE.rise] = rise;
    if (!(distance < NEAR * deviation)) return false;
    const variance = volatility * volatility;
    if (!this.#lane(0, distance, drift - 0.5 * variance, this.#rate, variance)) return false;
    if (!this.#lane(1, distance, drift + 0.5 * variance, this.#yield, variance)) return false;
    places[PLACE.distance] = distance;
    places[PLACE.slope] = drift;
    places[PLACE.overDeviation] = 1 / deviation;
    places[LANES.sides] = 1;
    places[LANES.sides + 1] = -spot;
    places[LANES.calls + 1] = -spot;
    return true;
  }

  /** The constants of the closed form's puts (0) or calls (1); false where it would lose accuracy or does not exist. */
  #lane(lane: 0 | 1, distance: number, beta: number, rho: number, variance: number): boolean {
    const { places } = premiumMemory;
    const square = beta * beta + 2 * rho * variance;
    const none = rho === 0;
    if (!none && !(square > 1e-12 * variance * variance)) return false;
    const gamma = none ? 1 : Math.sqrt(square);
    const grow = none ? 0 : (gamma - beta) / variance;
    const fall = none ? 0 : (gamma + beta) / variance;
    if (distance * Math.max(Math.abs(grow), Math.abs(fall)) > LARGEST_EXPONENT) return false;
    places[LANES.beta + lane] = beta;
    places[LANES.gamma + lane] = gamma;
    places[LANES.grow + lane] = grow;
    places[LANES.fall + lane] = fall;
    places[LANES.share + lane] = 0.5 * (1 + beta / gamma);
    return true;
  }
}

const kernels = new Map<Terms, PremiumKernel>();

/** The thread's kernel of an accuracy (see `VectorFunctions`). */
export function premiumKernel(accuracy: Terms): PremiumKernel {
  let made = kernels.get(accuracy);
  if (made === undefined) {
    made = new PremiumKernel(accuracy);
    kernels.set(accuracy, made);
  }
  return made;
}
