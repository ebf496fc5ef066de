import { capSlope } from './boundary-solver.ts';
import { FlatBoundary } from './flat-boundary.ts';
import { DENSITY, tableBoth, tableCdf, tableDensity, tableExp } from './normal-table.ts';

/** Distance to the boundary, in total deviations, within which the closed form is taken out of the integrand. */
const NEAR = 1.5;

/**
 * Early exercise premium of an American put with strike 1 and its derivatives, from the boundary at the points of one
 * angular quadrature (`PremiumGrid`): the integral of I. Kim, "The Analytic Valuation of American Options" (1990),
 *   p(S) = ∫ r e^(-rv) Φ(-d-) - q S e^(-qv) Φ(-d+) dv,   d± = (ln(S/B(T-v)) + (r-q ± σ²/2) v) / (σ sqrt(v)).
 * Derivatives are those of the integrand: S e^(-qv) φ(d+) = B e^(-rv) φ(d-) removes half of the terms; vega and rho include the
 * dependence of the boundary. Set up once an expiry (`terms`), once a volatility (`boundary`), then one call a contract.
 */
export class PremiumKernel {
  readonly points: number;
  /** y = -ln(B(T-v_k)/X), and its derivatives with respect to volatility and rate, to be filled by the owner. */
  readonly depths: Float64Array;
  readonly depthsVega: Float64Array;
  readonly depthsRho: Float64Array;
  /** Derivatives of y(T), likewise. */
  lastVega = 0;
  lastRho = 0;
  premium = 0;
  delta = 0;
  gamma = 0;
  vega = 0;
  rho = 0;
  readonly #sines: Float64Array;
  readonly #weights: Float64Array;
  readonly #roots: Float64Array;
  readonly #elapsed: Float64Array;
  readonly #income: Float64Array;
  readonly #direct: Float64Array;
  readonly #outgo: Float64Array;
  readonly #puts = new FlatBoundary();
  readonly #calls = new FlatBoundary();
  #capRho = 0;
  #sign: 1 | -1 = 1;
  #years = 0;
  #rate = 0;
  #yield = 0;
  #logCap = 0;
  #volatility = 0;
  #last = 0;
  #slope = 0;

  constructor(sines: Float64Array, weights: Float64Array) {
    this.points = sines.length;
    this.#sines = sines;
    this.#weights = weights;
    this.#roots = new Float64Array(this.points);
    this.#elapsed = new Float64Array(this.points);
    this.#income = new Float64Array(this.points);
    this.#direct = new Float64Array(this.points);
    this.#outgo = new Float64Array(this.points);
    this.depths = new Float64Array(this.points);
    this.depthsVega = new Float64Array(this.points);
    this.depthsRho = new Float64Array(this.points);
  }

  /** `sign` says what `rho` is a derivative by: 1 the rate, -1 the yield. */
  terms(years: number, rate: number, dividendYield: number, logCap: number, sign: 1 | -1): void {
    this.#sign = sign;
    this.#years = years;
    this.#rate = rate;
    this.#yield = dividendYield;
    this.#logCap = logCap;
    this.#capRho = capSlope(rate, dividendYield, sign);
    const root = Math.sqrt(years);
    for (let k = 0; k < this.points; k += 1) {
      const time = root * (this.#sines[k] ?? 0);
      const elapsed = time * time;
      const weight = (this.#weights[k] ?? 0) * years;
      this.#roots[k] = time;
      this.#elapsed[k] = elapsed;
      const discount = weight * tableExp(-rate * elapsed);
      this.#income[k] = discount * rate;
      const carried = weight * tableExp(-dividendYield * elapsed);
      this.#outgo[k] = carried * dividendYield;
      this.#direct[k] = sign > 0 ? discount * (1 - rate * elapsed) : carried * (1 - dividendYield * elapsed);
    }
  }

  /** `last` is y at T, `slope` dy/dτ there; `depths` must be filled for the same volatility. */
  boundary(volatility: number, last: number, slope: number): void {
    this.#volatility = volatility;
    this.#last = last;
    this.#slope = slope;
  }

  /** Premium of the put at `spot` (strike 1), which must be above the boundary; `logSpot` = ln(spot). */
  price(spot: number, logSpot: number): number {
    const volatility = this.#volatility;
    const rise = logSpot - this.#logCap;
    const distance = rise + this.#last;
    const deviation = volatility * Math.sqrt(this.#years);
    const carry = this.#rate - this.#yield;
    const variance = volatility * volatility;
    const closed = distance < NEAR * deviation && this.#closedForm(distance, carry, variance, deviation);
    const roots = this.#roots;
    const depths = this.depths;
    const income = this.#income;
    const outgo = this.#outgo;
    let sum = closed ? this.#puts.value - spot * this.#calls.value : 0;
    if (!closed) {
      for (let k = 0; k < this.points; k += 1) {
        const root = roots[k] ?? 0;
        const spread = volatility * root;
        const middle = (rise + (depths[k] ?? 0) + carry * root * root) / spread;
        sum +=
          (income[k] ?? 0) * tableCdf(0.5 * spread - middle) -
          spot * (outgo[k] ?? 0) * tableCdf(-0.5 * spread - middle);
      }
      return sum;
    }
    const slope = carry - this.#slope;
    for (let k = 0; k < this.points; k += 1) {
      const root = roots[k] ?? 0;
      const spread = volatility * root;
      const half = 0.5 * spread;
      const inverse = 1 / spread;
      const middle = (rise + (depths[k] ?? 0) + carry * root * root) * inverse;
      const taken = (distance + slope * root * root) * inverse;
      sum +=
        (income[k] ?? 0) * (tableCdf(half - middle) - tableCdf(half - taken)) -
        spot * (outgo[k] ?? 0) * (tableCdf(-half - middle) - tableCdf(-half - taken));
    }
    return sum;
  }

  #closedForm(distance: number, carry: number, variance: number, deviation: number): boolean {
    const drift = carry - this.#slope;
    return (
      this.#puts.evaluate(distance, drift - 0.5 * variance, this.#rate, variance, this.#years, deviation) &&
      this.#calls.evaluate(distance, drift + 0.5 * variance, this.#yield, variance, this.#years, deviation)
    );
  }

  /** As `price`, and the derivatives: `premium`, `delta`, `gamma`, `vega` (per 1.00), `rho` (per 1.00) are left in the fields. */
  greeks(spot: number, logSpot: number): void {
    const volatility = this.#volatility;
    const rate = this.#rate;
    const dividendYield = this.#yield;
    const rise = logSpot - this.#logCap;
    const distance = rise + this.#last;
    const deviation = volatility * Math.sqrt(this.#years);
    const carry = rate - dividendYield;
    const variance = volatility * volatility;
    const closed = distance < NEAR * deviation && this.#closedForm(distance, carry, variance, deviation);
    let premium = closed ? this.#puts.value - spot * this.#calls.value : 0;
    // In terms of a = ln S: delta = p'/S, gamma = (p'' - p')/S².
    let first = closed ? this.#puts.first - spot * (this.#calls.value + this.#calls.first) : 0;
    let second = closed
      ? this.#puts.second - spot * (this.#calls.value + 2 * this.#calls.first + this.#calls.second)
      : 0;
    const sign = this.#sign;
    // A shift of the whole boundary: the same closed form takes out of vega and rho what is not smooth.
    const shift = closed ? this.#puts.first - spot * this.#calls.first : 0;
    const lastVega = this.lastVega;
    const lastRho = this.lastRho - this.#capRho;
    let vega = shift * lastVega;
    let rho = shift * lastRho;
    const slope = carry - this.#slope;
    for (let k = 0; k < this.points; k += 1) {
      const root = this.#roots[k] ?? 0;
      const income = this.#income[k] ?? 0;
      const outgo = spot * (this.#outgo[k] ?? 0);
      const elapsed = this.#elapsed[k] ?? 0;
      const spread = volatility * root;
      const half = 0.5 * spread;
      const inverse = 1 / spread;
      const middle = (rise + (this.depths[k] ?? 0) + carry * elapsed) * inverse;
      const lower = middle - half;
      const upper = middle + half;
      const kept = tableBoth(lower);
      const putDensity = income * (DENSITY[0] ?? 0);
      const exercised = 1 - kept;
      const put = income * exercised;
      const above = tableBoth(upper);
      const callDensity = outgo * (DENSITY[0] ?? 0);
      const given = 1 - above;
      const call = outgo * given;
      const net = (putDensity - callDensity) * inverse;
      premium += put - call;
      first -= net + call;
      second += (putDensity * lower - callDensity * upper) * inverse * inverse + 2 * callDensity * inverse - call;
      vega += (putDensity * upper - callDensity * lower) / volatility - net * (this.depthsVega[k] ?? 0);
      rho +=
        (this.#direct[k] ?? 0) * (sign > 0 ? exercised : -spot * given) -
        net * (sign * elapsed - this.#capRho + (this.depthsRho[k] ?? 0));
      if (closed) {
        const taken = (distance + slope * elapsed) * inverse;
        const takenLower = taken - half;
        const takenUpper = taken + half;
        const takenCall = outgo * tableCdf(-takenUpper);
        const takenPutDensity = income * tableDensity(takenLower);
        const takenCallDensity = outgo * tableDensity(takenUpper);
        premium -= income * tableCdf(-takenLower) - takenCall;
        const takenNet = (takenPutDensity - takenCallDensity) * inverse;
        first += takenNet + takenCall;
        vega += takenNet * lastVega;
        rho += takenNet * lastRho;
        second -=
          (takenPutDensity * takenLower - takenCallDensity * takenUpper) * inverse * inverse +
          2 * takenCallDensity * inverse -
          takenCall;
      }
    }
    this.premium = premium;
    this.delta = first / spot;
    this.gamma = (second - first) / (spot * spot);
    this.vega = vega;
    this.rho = rho;
  }
}
