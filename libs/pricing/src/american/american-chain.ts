import { assertColumns } from '../european/columns.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { ABOVE_MAXIMUM, BELOW_INTRINSIC, EXERCISE_REGION, EXPIRED, NO_QUOTE, OK } from '../european/outcomes.ts';
import { BoundaryFamily } from './boundary-family.ts';
import { type ChainColumns, type ChainQuotes, clearFigures } from './chain-columns.ts';
import { ChainLevels } from './chain-levels.ts';
import { SampleColumns } from './chain-samples.ts';
import { impliedAmericanVolatility, type ImpliedAmerican } from './implied-search.ts';
import { certainPut, putRegime } from './regime.ts';

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;
/** Quotes this near their intrinsic value, relative to spot and strike, are at it. */
const AT_INTRINSIC = 1e-11;
/** Price error, in strikes, below which a search ends. */
const CLOSE = 1e-9;
/** Price error, in strikes, up to which greeks at the volatility before the last correction will do. */
const MISSED = 1e-6;
/** Share of the volatility by which a correction may change it, and by which it may leave that of the greeks. */
const MOST_CHANGE = 0.02;
const MOST_APART = 2e-3;
const SAMPLES = 12;
const MARGIN = 1.2;
/** Highest over lowest volatility beyond which an expiry's range is cut. */
const WIDEST = 8;
const LOWEST_VOLATILITY = 0.005;
const HIGHEST_VOLATILITY = 5;
/** Rate or yield times years. */
const MOST_CARRY = 3;
/** Share of an expiry's quotes with volatilities outside its range from which the range is not kept. */
const STRAYED = 0.1;
const DEFAULT_VOLATILITY = 0.25;

/**
 * American implied volatilities and greeks of whole option chains. The exercise boundaries of an expiry are solved at a few
 * volatilities and kept: the next snapshot reads the same ones while rate and yield are the same and the expiry no later. One
 * instance an underlying and thread; memory about 20 kB an expiry.
 */
export class AmericanChain {
  readonly #levels = new ChainLevels();
  /** By 2 * expiry index + (call ? 1 : 0). */
  #families: (BoundaryFamily | undefined)[] = [];
  #order = new Int32Array(0);
  #starts = new Int32Array(0);
  readonly #samples = new SampleColumns(SAMPLES);
  /** Vega over European vega at the last contract solved: the next one's is near. */
  #vegaRatio = 1;
  #volatility = DEFAULT_VOLATILITY;
  readonly #slow: ImpliedAmerican = impliedAmericanVolatility();

  /** Forgets all boundaries. */
  clear(): void {
    this.#families = [];
  }

  /**
   * Solves `count` contracts. Outcomes as `OUTCOMES` tells; no row throws or yields NaN.
   * @throws {TradingError} `INVALID_VALUE` when a column is shorter than `count` or the expiry columns differ in length.
   */
  solve(count: number, quotes: ChainQuotes, out: ChainColumns): void {
    assertColumns(count, [quotes.expiry, quotes.strike, quotes.call, quotes.price, ...Object.values(out)]);
    const expiries = quotes.years.length;
    assertColumns(expiries, [quotes.rate, quotes.yield]);
    this.#group(count, expiries, quotes);
    for (let group = 0; group < 2 * expiries; group += 1) {
      const from = this.#starts[group] ?? 0;
      const to = this.#starts[group + 1] ?? 0;
      if (to > from) this.#solveGroup(group, from, to, quotes, out);
    }
    for (let at = 0; at < count; at += 1) {
      const expiry = quotes.expiry[at] ?? -1;
      if (!(expiry >= 0 && expiry < expiries)) write(out, at, NO_QUOTE);
    }
  }

  /** Counting sort of the contracts by expiry and side. */
  #group(count: number, expiries: number, quotes: ChainQuotes): void {
    const groups = 2 * expiries;
    if (this.#order.length < count) this.#order = new Int32Array(count);
    if (this.#starts.length < groups + 2) this.#starts = new Int32Array(groups + 2);
    const starts = this.#starts;
    starts.fill(0);
    for (let i = 0; i < count; i += 1) {
      const expiry = quotes.expiry[i] ?? -1;
      if (!(expiry >= 0 && expiry < expiries)) continue;
      const at = 2 * expiry + (quotes.call[i] === 1 ? 1 : 0) + 2;
      starts[at] = (starts[at] ?? 0) + 1;
    }
    for (let group = 2; group < groups + 2; group += 1) starts[group] = (starts[group] ?? 0) + (starts[group - 1] ?? 0);
    for (let i = 0; i < count; i += 1) {
      const expiry = quotes.expiry[i] ?? -1;
      if (!(expiry >= 0 && expiry < expiries)) continue;
      const at = 2 * expiry + (quotes.call[i] === 1 ? 1 : 0) + 1;
      this.#order[starts[at] ?? 0] = i;
      starts[at] = (starts[at] ?? 0) + 1;
    }
  }

  #solveGroup(group: number, from: number, to: number, quotes: ChainQuotes, out: ChainColumns): void {
    const expiry = group >> 1;
    const call = (group & 1) === 1;
    const years = quotes.years[expiry] ?? 0;
    const rate = quotes.rate[expiry] ?? 0;
    const dividendYield = quotes.yield[expiry] ?? 0;
    const { spot } = quotes;
    const valid = spot > 0 && spot < Infinity && Math.abs(rate * years) < 100 && Math.abs(dividendYield * years) < 100;
    if (!valid || !(years > 0)) {
      for (let i = from; i < to; i += 1) write(out, this.#order[i] ?? 0, valid && years <= 0 ? EXPIRED : NO_QUOTE);
      return;
    }
    const r = call ? dividendYield : rate;
    const q = call ? rate : dividendYield;
    const regime = putRegime(r, q);
    // Boundaries that such a carry moves are not those of few volatilities: each contract is searched for alone.
    const carried = Math.max(Math.abs(r), Math.abs(q)) * years > MOST_CARRY;
    const family =
      regime === 'double' || carried ? undefined : this.#family(group, from, to, quotes, r, q, regime === 'single');
    const ceiling = Math.max(1, Math.exp(-r * years));
    this.#vegaRatio = 1;
    this.#volatility = family === undefined ? DEFAULT_VOLATILITY : Math.sqrt(family.low * family.high);
    let strayed = 0;
    for (let i = from; i < to; i += 1) {
      const at = this.#order[i] ?? 0;
      const strike = quotes.strike[at] ?? 0;
      const price = quotes.price[at] ?? 0;
      if (!(strike > 0 && strike < Infinity && price > 0 && price < Infinity)) {
        write(out, at, NO_QUOTE);
        continue;
      }
      const scale = call ? spot : strike;
      const x = call ? strike / spot : spot / strike;
      const goal = price / scale;
      const status = this.#bounds(goal, x, years, r, q, ceiling, regime === 'european');
      if (status !== OK) {
        write(out, at, status);
        if (status === EXERCISE_REGION) out.delta[at] = call ? 1 : -1;
        continue;
      }
      if (family !== undefined && this.#quick(family, goal, x)) {
        this.#writeSolved(family, out, at, scale, x, call);
      } else {
        this.#search(at, quotes, out, years, rate, dividendYield, call);
        const volatility = out.volatility[at] ?? 0;
        if (family !== undefined && out.status[at] === OK && !(volatility >= family.low && volatility <= family.high))
          strayed += 1;
      }
    }
    // The market has moved, or the first quotes were odd: the next snapshot looks at the volatilities anew.
    if (strayed > STRAYED * (to - from)) this.#families[group] = undefined;
  }

  /** Outcome that the bounds alone decide, or OK. */
  #bounds(goal: number, x: number, years: number, r: number, q: number, ceiling: number, european: boolean): number {
    if (!(goal < ceiling)) return ABOVE_MAXIMUM;
    const intrinsic = 1 - x;
    const slack = AT_INTRINSIC * Math.max(1, x);
    const least = european ? Math.max(0, Math.exp(-r * years) - x * Math.exp(-q * years)) : certainPut(x, years, r, q);
    if (goal > least + slack) return OK;
    return intrinsic > 0 && least <= intrinsic + slack && goal >= intrinsic - slack ? EXERCISE_REGION : BELOW_INTRINSIC;
  }

  /** The boundaries of a group: those kept, or new ones over the volatilities that the quotes show; undefined where each contract is searched for alone. */
  #family(
    group: number,
    from: number,
    to: number,
    quotes: ChainQuotes,
    r: number,
    q: number,
    exercise: boolean,
  ): BoundaryFamily | undefined {
    const years = quotes.years[group >> 1] ?? 0;
    const kept = this.#families[group];
    if (kept?.serves(years, r, q) === true) {
      kept.retime(years);
      return kept;
    }
    const range = this.#range(group, from, to, quotes);
    const sign = (group & 1) === 1 ? -1 : 1;
    const level = exercise ? this.#levels.level(years, r, q, range) : undefined;
    if (exercise && level === undefined) return undefined;
    const family = new BoundaryFamily(
      { years, rate: r, yield: q, sign },
      { ...range, count: level?.count ?? 2 },
      level,
    );
    this.#families[group] = family;
    return family;
  }

  /** Volatilities of a sample of both sides of the expiry's quotes out of the money, taken as European, with a margin. */
  #range(group: number, from: number, to: number, quotes: ChainQuotes): { low: number; high: number } {
    const other = group ^ 1;
    const samples = this.#samples;
    samples.count = 0;
    this.#sample(from, to, quotes);
    this.#sample(this.#starts[other] ?? 0, this.#starts[other + 1] ?? 0, quotes);
    let low = Infinity;
    let high = 0;
    impliedVolatilityColumns(samples.count, samples, samples.price, samples.out);
    for (let i = 0; i < samples.count; i += 1) {
      const volatility = samples.out.volatility[i] ?? 0;
      if (samples.out.status[i] !== OK || !(volatility > LOWEST_VOLATILITY && volatility < HIGHEST_VOLATILITY))
        continue;
      low = Math.min(low, volatility);
      high = Math.max(high, volatility);
    }
    if (!(high > 0)) {
      low = DEFAULT_VOLATILITY / MARGIN;
      high = DEFAULT_VOLATILITY * MARGIN;
    }
    low /= MARGIN;
    high *= MARGIN;
    // Wider would need more volatilities than are solved; what lies outside is searched for alone.
    if (high > WIDEST * low) low = high / WIDEST;
    return { low, high };
  }

  #sample(from: number, to: number, quotes: ChainQuotes): void {
    const samples = this.#samples;
    const half = SAMPLES / 2;
    const last = to - 1;
    // Ends and middle of the out-of-the-money contracts, which tell the volatility best.
    let first = -1;
    let final = -1;
    for (let i = from; i < to; i += 1) {
      const at = this.#order[i] ?? 0;
      const strike = quotes.strike[at] ?? 0;
      const out = quotes.call[at] === 1 ? strike >= 0.99 * quotes.spot : strike <= 1.01 * quotes.spot;
      if (!out || !((quotes.price[at] ?? 0) > 0)) continue;
      if (first < 0) first = i;
      final = i;
    }
    if (first < 0 || last < first) return;
    for (let k = 0; k < half; k += 1) {
      const i = Math.round(first + ((final - first) * k) / (half - 1));
      samples.add(this.#order[i] ?? 0, quotes);
    }
  }

  /**
   * Two price steps and one of the greeks: third-order steps with the vega ratio of the neighbour, a secant for its true
   * ratio, and Newton's last correction, which moves the volatility but not the greeks. False when it leaves the solved range.
   */
  #quick(family: BoundaryFamily, goal: number, x: number): boolean {
    const logSpot = Math.log(x);
    let volatility = Math.min(Math.max(this.#volatility, family.low), family.high);
    if (!family.priceAt(volatility, x, logSpot)) return false;
    let miss = family.price - goal;
    let slope = family.europeanVega * this.#vegaRatio;
    let next = step(volatility, miss, slope, family.bend);
    if (!(next >= family.low && next <= family.high)) next = Math.min(Math.max(next, family.low), family.high);
    for (let round = 0; round < 3; round += 1) {
      if (!(next >= family.low && next <= family.high)) return false;
      if (Math.abs(next - volatility) < 1e-4 * volatility) break;
      const missBefore = miss;
      const before = volatility;
      volatility = next;
      if (!family.priceAt(volatility, x, logSpot)) return false;
      miss = family.price - goal;
      // The secant is the slope halfway; vega changes by bend/σ on the way to here.
      const secant = (miss - missBefore) / (volatility - before);
      const curved = secant * (1 + (0.5 * family.bend * (volatility - before)) / volatility);
      slope = curved > 0 ? curved : family.europeanVega * this.#vegaRatio;
      next = step(volatility, miss, slope, family.bend);
    }
    if (!(next >= family.low && next <= family.high)) return false;
    if (!family.greeksAt(next, x, logSpot)) return false;
    if (!(family.vega > 0)) return false;
    miss = family.price - goal;
    let solved = step(next, miss, family.vega, family.bend);
    // The correction's own error is of third order in it; beyond this the safe search is cheaper than doubt.
    if (!(Math.abs(solved - next) < MOST_CHANGE * next) && Math.abs(miss) > CLOSE) return false;
    if (Math.abs(miss) > MISSED || Math.abs(solved - next) > MOST_APART * next) {
      if (!family.greeksAt(solved, x, logSpot)) return false;
      miss = family.price - goal;
      if (!(Math.abs(miss) <= MISSED && family.vega > 0)) return false;
      const again = step(solved, miss, family.vega, family.bend);
      if (!(Math.abs(again - solved) < MOST_APART * solved)) return false;
      solved = again;
    }
    // At a rate of next to nothing the boundary lies where no derivative is told any more.
    if (!Number.isFinite(family.delta + family.gamma + family.theta + family.rho)) return false;
    this.#volatility = solved;
    this.#vegaRatio = family.europeanVega > 0 ? Math.min(Math.max(family.vega / family.europeanVega, 0.2), 1.5) : 1;
    return true;
  }

  #writeSolved(family: BoundaryFamily, out: ChainColumns, at: number, scale: number, x: number, call: boolean): void {
    out.status[at] = OK;
    out.volatility[at] = this.#volatility;
    out.delta[at] = call ? family.price - x * family.delta : family.delta;
    out.gamma[at] = call ? (x * x * family.gamma) / scale : family.gamma / scale;
    out.vega[at] = family.vega * scale * PER_POINT;
    out.theta[at] = (family.theta * scale) / DAYS_PER_YEAR;
    out.rho[at] = family.rho * scale * PER_POINT;
  }

  /** The safe way, one contract alone: for quotes next to their bounds or far from the rest. */
  #search(
    at: number,
    quotes: ChainQuotes,
    out: ChainColumns,
    years: number,
    rate: number,
    dividendYield: number,
    call: boolean,
  ): void {
    const found = this.#slow;
    found.solve(quotes.price[at] ?? 0, quotes.spot, quotes.strike[at] ?? 0, years, rate, dividendYield, call);
    write(out, at, found.status);
    if (found.status === EXERCISE_REGION) out.delta[at] = call ? 1 : -1;
    if (found.status !== OK) return;
    out.volatility[at] = found.volatility;
    out.delta[at] = found.engine.delta;
    out.gamma[at] = found.engine.gamma;
    out.vega[at] = found.engine.vega * PER_POINT;
    out.theta[at] = found.engine.theta / DAYS_PER_YEAR;
    out.rho[at] = found.engine.rho * PER_POINT;
  }
}

/** Halley's step with volga / vega = bend / σ. */
function step(volatility: number, miss: number, slope: number, bend: number): number {
  const change = miss / slope;
  const factor = 1 - (0.5 * change * bend) / volatility;
  return volatility - change / (factor > 0.5 ? factor : 0.5);
}

function write(out: ChainColumns, at: number, status: number): void {
  out.status[at] = status;
  clearFigures(out, at);
}
