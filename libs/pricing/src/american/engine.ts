import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { EXERCISE_REGION, EXPIRED, NO_QUOTE, OK } from '../european/outcomes.ts';
import { tableCdf, tableDensity, tableExp } from './normal-table.ts';
import { type AmericanMode, PutSolver } from './put-solver.ts';
import { certainPut, putRegime } from './regime.ts';

/** Total deviations at which the outcome is certain, and at which the value is its supremum, to double accuracy of a price. */
const CERTAIN_DEVIATION = 1e-7;
/** Below this the variance moves a value by less than 1e-8 of it, except where the certain value has a kink. */
const SMALL_DEVIATION = 1e-4;
/** And below this by less than finite differences err. */
const LITTLE_DEVIATION = 0.01;
/** Interest that no mode sees, and interest that matters less than the error of finite differences. */
const SMALLEST_INTEREST = 1e-11;
const SMALL_INTEREST = 1e-6;
const KINK_DEVIATIONS = 20;
/** Beyond this exercise between two boundaries is worth less (4e-5 of the strike in five years) than finite differences err. */
const WIDE_DEVIATION = 3;
const LARGEST_DEVIATION = 150;
/** Carry over the life beyond which exp() would leave the doubles. */
const LARGEST_CARRY = 600;
const GRID = { nodes: 400, steps: 200 };
const BUMP = 1e-3;

/** Kinks of the certain value: the forward at the strike at expiry, and the spot at the strike or, where q > r, at the largest boundary r/q. */
function farFromKinks(x: number, years: number, r: number, q: number, deviation: number): boolean {
  const reach = KINK_DEVIATIONS * deviation;
  const log = Math.log(x);
  return (
    (q > r || Math.abs(log) > reach) &&
    Math.abs(log + (r - q) * years) > reach &&
    (!(q > r && r > 0) || Math.abs(log - Math.log(r / q)) > reach)
  );
}

/**
 * One American contract at a time, every regime of rates; the result is left in the fields (per year, per 1.00 of volatility and
 * rate) and `status` is a number of `OUTCOMES`. A call is the put with spot and strike, rate and yield exchanged
 * (R. McDonald and M. Schroder, "A Parity Result for American Options", 1998). One instance a thread.
 */
export class AmericanEngine {
  readonly #solver: PutSolver;
  status: number = OK;
  price = 0;
  delta = 0;
  gamma = 0;
  vega = 0;
  theta = 0;
  rho = 0;
  /** Exercise boundary now, in dollars; 0 for a put (Infinity for a call) without one. */
  boundary = 0;

  constructor(mode: AmericanMode) {
    this.#solver = new PutSolver(mode);
  }

  /** Price only when `greeks` is false: the other fields are then 0. */
  evaluate(
    spot: number,
    strike: number,
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    call: boolean,
    greeks: boolean,
  ): void {
    this.#clear(call ? Infinity : 0);
    const intrinsic = Math.max(call ? spot - strike : strike - spot, 0);
    if (!(spot >= 0 && strike >= 0 && spot < Infinity && strike < Infinity)) return this.#refuse();
    if (
      !(
        Math.abs(rate) < Infinity &&
        Math.abs(dividendYield) < Infinity &&
        volatility === volatility &&
        years < Infinity
      )
    ) {
      return this.#refuse();
    }
    if (!(years > 0)) {
      if (years !== years) return this.#refuse();
      this.status = EXPIRED;
      this.price = intrinsic;
      this.delta = intrinsic > 0 ? (call ? 1 : -1) : 0;
      return;
    }
    if (Math.max(Math.abs(rate), Math.abs(dividendYield)) * years > LARGEST_CARRY) return this.#refuse();
    const deviation = volatility > 0 ? volatility * Math.sqrt(years) : 0;
    // The mirrored put has strike `scale` and spot x = `other / scale`.
    const scale = call ? spot : strike;
    const other = call ? strike : spot;
    const r = call ? dividendYield : rate;
    const q = call ? rate : dividendYield;
    const x = other / scale;
    if (!(x > 1e-300 && x < 1e300)) {
      // Spot or strike is nothing beside the other: the put is its bond, or nothing.
      const deep = other < scale || (x === 0 && scale > 0);
      if (!deep) return this.#finish(0, intrinsic);
      if (r >= 0) return this.#exercise(intrinsic, call);
      this.#bond(scale, years, r, call, call ? 0 : -Math.exp(-q * years));
      return this.#finish(this.price, intrinsic);
    }
    if (deviation < CERTAIN_DEVIATION || (deviation < SMALL_DEVIATION && farFromKinks(x, years, r, q, deviation)))
      return this.#certain(x, scale, intrinsic, years, r, q, call, greeks);
    if (deviation > LARGEST_DEVIATION) {
      this.#bond(scale, years, r, call, 0);
      return this.#finish(this.price, intrinsic);
    }
    const regime = putRegime(r, q);
    // Where the yield is not negative the premium is at most the interest on the strike, 1 - e^(-rT); between two boundaries what the
    // strike's grows less than the stock's.
    const interest = regime === 'double' ? (r - q) * years * Math.exp(-r * years) : q >= 0 ? r * years : Infinity;
    const still = Math.max(Math.abs(r), Math.abs(q)) * years < SMALLEST_INTEREST;
    const wide = regime === 'double' && (deviation > WIDE_DEVIATION || interest < SMALL_INTEREST);
    const negligible = regime === 'european' || interest < SMALLEST_INTEREST || still || wide;
    const solved =
      !negligible && regime === 'single' && this.#solver.solve(years, r, q, volatility, call ? -1 : 1, greeks);
    if (negligible || (!solved && interest < SMALL_INTEREST)) {
      this.#european(x, years, r, q, volatility, call ? -1 : 1);
      return this.#scale(x, scale, other, call, greeks, intrinsic);
    }
    if (!solved && deviation < LITTLE_DEVIATION && farFromKinks(x, years, r, q, deviation))
      return this.#certain(x, scale, intrinsic, years, r, q, call, greeks);
    if (solved) {
      const solver = this.#solver;
      this.boundary = call ? strike / solver.boundary : strike * solver.boundary;
      if (x <= solver.boundary) return this.#exercise(intrinsic, call);
      if (!greeks) return this.#finish(scale * solver.valueAt(x), intrinsic);
      solver.greeksAt(x);
      this.price = solver.price;
      this.delta = solver.delta;
      this.gamma = solver.gamma;
      this.vega = solver.vega;
      this.theta = solver.theta;
      this.rho = solver.rho;
      return this.#scale(x, scale, other, call, true, intrinsic);
    }
    const european = (): void => this.#european(x, years, r, q, volatility, call ? -1 : 1);
    european();
    const least = this.price * scale;
    const certain = certainPut(x, years, r, q) * scale;
    this.#clear(this.boundary);
    this.#differences(spot, strike, years, rate, dividendYield, volatility, call, greeks, intrinsic);
    if (this.status === NO_QUOTE || this.price >= Math.max(least, certain)) return;
    // At deviations of several the grid's error is more than early exercise between two boundaries is worth, at small ones more than chance is.
    this.#clear(this.boundary);
    if (certain > least) return this.#certain(x, scale, intrinsic, years, r, q, call, greeks);
    european();
    this.#scale(x, scale, other, call, greeks, intrinsic);
  }

  /**
   * Values per dollar of strike at the first `count` ratios of spot to strike, all at one volatility: the boundary is solved once for all of them. False,
   * with nothing written, where there is no single boundary or it was not found.
   */
  values(
    count: number,
    ratios: Float64Array,
    terms: { readonly years: number; readonly rate: number; readonly yield: number },
    volatility: number,
    call: boolean,
    out: Float64Array,
  ): boolean {
    const { years } = terms;
    const r = call ? terms.yield : terms.rate;
    const q = call ? terms.rate : terms.yield;
    const deviation = volatility * Math.sqrt(years);
    if (!(deviation > SMALL_DEVIATION && deviation < LARGEST_DEVIATION) || putRegime(r, q) !== 'single') return false;
    if (!(Math.max(Math.abs(r), Math.abs(q)) * years <= LARGEST_CARRY) || r * years < SMALL_INTEREST) return false;
    const solver = this.#solver;
    if (!solver.solve(years, r, q, volatility, call ? -1 : 1, false)) return false;
    for (let index = 0; index < count; index += 1) {
      const ratio = ratios[index] ?? Number.NaN;
      const x = call ? 1 / ratio : ratio;
      out[index] = (call ? ratio : 1) * (x <= solver.boundary ? 1 - x : solver.valueAt(x));
    }
    return true;
  }

  #clear(boundary: number): void {
    this.status = OK;
    this.price = 0;
    this.delta = 0;
    this.gamma = 0;
    this.vega = 0;
    this.theta = 0;
    this.rho = 0;
    this.boundary = boundary;
  }

  #refuse(): void {
    this.status = NO_QUOTE;
  }

  #finish(price: number, intrinsic: number): void {
    this.price = Math.max(price, intrinsic);
    // The bond's rho can leave the doubles where its price does not.
    if (!Number.isFinite(this.price + this.delta + this.gamma + this.vega + this.theta + this.rho)) {
      this.#clear(0);
      this.status = NO_QUOTE;
    }
  }

  /** The put's supremum, its bond, paid now or (r < 0) at expiry; of a call its stock. `putDelta` is that of a put. */
  #bond(scale: number, years: number, r: number, call: boolean, putDelta: number): void {
    const each = Math.max(1, Math.exp(-r * years));
    this.price = scale * each;
    this.delta = call ? each : putDelta;
    if (r >= 0) return;
    this.theta = r * this.price;
    this.rho = call ? 0 : -years * this.price;
  }

  #exercise(intrinsic: number, call: boolean): void {
    this.status = EXERCISE_REGION;
    this.price = intrinsic;
    this.delta = call ? 1 : -1;
  }

  /** Without uncertainty the option is exercised at the best time; greeks are differences of that value. */
  #certain(
    x: number,
    scale: number,
    intrinsic: number,
    years: number,
    r: number,
    q: number,
    call: boolean,
    greeks: boolean,
  ): void {
    const value = certainPut(x, years, r, q);
    if (intrinsic > 0 && value * scale <= intrinsic * (1 + 1e-14)) return this.#exercise(intrinsic, call);
    if (greeks) {
      const h = 1e-6;
      this.delta = (certainPut(x * (1 + h), years, r, q) - certainPut(x * (1 - h), years, r, q)) / (2 * h * x);
      this.theta = -(certainPut(x, years * (1 + h), r, q) - certainPut(x, years * (1 - h), r, q)) / (2 * h * years);
      this.rho = call
        ? (certainPut(x, years, r, q + h) - certainPut(x, years, r, q - h)) / (2 * h)
        : (certainPut(x, years, r + h, q) - certainPut(x, years, r - h, q)) / (2 * h);
    }
    this.price = value;
    this.#scale(x, scale, x * scale, call, greeks, intrinsic);
  }

  /** Figures of the put with strike 1, in place, to those of the contract. */
  #scale(x: number, scale: number, other: number, call: boolean, greeks: boolean, intrinsic: number): void {
    const { price, delta } = this;
    this.theta *= scale;
    this.vega *= scale;
    this.rho *= scale;
    if (call) {
      this.delta = greeks ? price - x * delta : 0;
      this.gamma *= (x * x) / scale;
    } else {
      this.gamma /= scale;
    }
    if (!(Number.isFinite(this.delta + this.gamma + this.vega + this.theta + this.rho) && other >= 0)) {
      this.#clear(this.boundary);
      // Greeks were asked for, and are beyond the doubles.
      if (greeks) return this.#refuse();
    }
    this.#finish(price * scale, intrinsic);
  }

  /** European put with strike 1; `sign` says what rho is by. */
  #european(spot: number, years: number, r: number, q: number, volatility: number, sign: 1 | -1): void {
    const root = Math.sqrt(years);
    const deviation = volatility * root;
    const upper = (Math.log(spot) + (r - q) * years) / deviation + 0.5 * deviation;
    const put = tableExp(-r * years) * tableCdf(deviation - upper);
    const carry = tableExp(-q * years);
    const call = carry * tableCdf(-upper);
    const density = carry * tableDensity(upper);
    this.price = Math.max(put - spot * call, 0);
    this.delta = -call;
    this.gamma = density / (spot * deviation);
    this.vega = spot * density * root;
    this.rho = sign > 0 ? -years * put : years * spot * call;
    this.theta = r * put - q * spot * call - (0.5 * volatility * spot * density) / root;
  }

  /** Two boundaries, or a system that did not converge: finite differences, vega and rho by bumps on the same grid. */
  #differences(
    spot: number,
    strike: number,
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    call: boolean,
    greeks: boolean,
    intrinsic: number,
  ): void {
    const right = call ? 'call' : 'put';
    const at = spot / strike;
    // In strikes, so that no square of a price leaves the doubles.
    const solve = (r: number, sigma: number) =>
      finiteDifferencePrice(
        {
          spot: at,
          strike: 1,
          years,
          rate: r,
          yield: dividendYield,
          volatility: sigma,
          right,
          exercise: 'american',
          dividends: [],
        },
        GRID,
      );
    const found = solve(rate, volatility);
    if (!Number.isFinite(found.price)) return this.#refuse();
    if (found.exercised) return this.#exercise(intrinsic, call);
    if (greeks) {
      const bump = BUMP * volatility;
      this.delta = call ? Math.max(found.delta, 0) : Math.min(found.delta, 0);
      const gamma = Math.max(found.gamma, 0);
      this.gamma = gamma / strike;
      const rise = solve(rate, volatility + bump).price - solve(rate, volatility - bump).price;
      this.vega = Math.max((strike * rise) / (2 * bump), 0);
      this.rho = (strike * (solve(rate + BUMP, volatility).price - solve(rate - BUMP, volatility).price)) / (2 * BUMP);
      this.theta =
        strike *
        (rate * found.price -
          (rate - dividendYield) * at * this.delta -
          0.5 * volatility * volatility * at * at * gamma);
      if (!Number.isFinite(this.delta + this.gamma + this.vega + this.theta + this.rho)) {
        this.#clear(this.boundary);
        return this.#refuse();
      }
    }
    this.#finish(found.price * strike, intrinsic);
  }
}
