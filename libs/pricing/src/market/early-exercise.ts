import { americanEngine } from '../american/american-batch.ts';
import { discreteDividendPrice, discreteDividendPrices } from '../dividends/dividend-price.ts';
import type { DividendSlice } from '../dividends/dividend-slice.ts';
import type { GridSpots } from '../european/value-grid.ts';
import { optionPrice } from '../european.ts';

/** Whoever holds an option this many standard deviations out of the money does not exercise early in any state that counts. */
const FAR_OUT = 2.5;
/** Within these the lattice of a slice holds. */
const LEAST_VOLATILITY = 0.005;
const MOST_VOLATILITY = 4;
/** Standard deviations that a row reaches to both sides. */
const REACH = 12.8;
/** Step of the tables in the logarithm of volatility. */
const VOLATILITY_STEP = 0.0325;
const LEAST_ROW = Math.floor(Math.log(LEAST_VOLATILITY) / VOLATILITY_STEP);
/** Step in log-moneyness, in standard deviations: points come by the dozen, from one exercise boundary or one grid, and cost little. */
const STEP = 0.1;
/** Points that one exercise boundary, or one grid, is solved for. */
const BLOCK = 32;
const spots = new Float64Array(BLOCK);
const worth = new Float64Array(BLOCK);

/** One volatility of a table: premiums per unit of strike by log-moneyness, made when first asked for (NaN until then). */
interface Row {
  readonly volatility: number;
  readonly step: number;
  readonly values: Float64Array;
}

/**
 * What early exercise adds to the European value, for one expiry and right: per unit of strike a function of moneyness and
 * volatility alone as long as no cash is paid, so that all strikes share a table; with cash dividends each strike has its own. Points are made when
 * first needed and interpolated (cubic in moneyness, linear in the logarithm of volatility; mostly within a tenth of a cent per 100 of what the kernels say, half a cent beside an exercise boundary of a year):
 * risk asks for hundreds at a time.
 */
export class EarlyExerciseTable {
  readonly #slice: DividendSlice;
  readonly #strike: number;
  readonly #call: boolean;
  readonly #paid: number;
  readonly #root: number;
  /** How far the price drifts over the life, in its logarithm, towards where the right is worth something. */
  readonly #drift: number;
  /** Points of a row, and the one at the money. */
  readonly #points: number;
  readonly #middle: number;
  /** From the least volatility up. */
  readonly #rows: (Row | undefined)[] = [];
  /** Log-moneyness outside of which, at the volatility that is asked about, nobody exercises in any state that counts. */
  #lowest = Number.NEGATIVE_INFINITY;
  #highest = Number.POSITIVE_INFINITY;

  /** `strike`: the one that the table is made with; `paid`: present value of the dividends, dollars. */
  constructor(slice: DividendSlice, strike: number, call: boolean, paid: number) {
    this.#slice = slice;
    this.#strike = strike;
    this.#call = call;
    this.#paid = paid;
    const { years, rate, yield: borrow } = slice.terms;
    this.#root = Math.sqrt(years);
    this.#middle = Math.round(REACH / STEP);
    this.#points = 2 * this.#middle + 1;
    this.#drift = Math.max(0, (call ? rate - borrow : borrow - rate) * years);
  }

  /**
   * At one volatility and the first `count` prices, for a contract of this strike, into `out`: dollars per share, never negative. Where the price is not
   * above zero there is none.
   * @param logStrike its natural logarithm
   */
  premiums(
    count: number,
    spots: GridSpots,
    strike: number,
    logStrike: number,
    volatility: number,
    out: Float64Array,
  ): void {
    const at = Math.min(MOST_VOLATILITY, Math.max(LEAST_VOLATILITY, volatility));
    const node = Math.log(at) / VOLATILITY_STEP;
    const base = Math.floor(node);
    const share = node - base;
    this.#reach(FAR_OUT * at * this.#root);
    for (let index = 0; index < count; index++) out[index] = 0;
    this.#add(strike * (1 - share), this.#row(base), count, spots, logStrike, out);
    this.#add(strike * share, this.#row(base + 1), count, spots, logStrike, out);
    for (let index = 0; index < count; index++) if ((out[index] ?? 0) < 0) out[index] = 0;
  }

  /** Puts into `#lowest` and `#highest` where somebody may want to exercise: a call is exercised before a dividend falls, a put after it. */
  #reach(deviations: number): void {
    const far = deviations + this.#drift;
    if (this.#call) this.#lowest = -far;
    else this.#highest = this.#paid === 0 ? far : Math.log(Math.exp(far) + this.#paid / this.#strike);
  }

  #row(index: number): Row {
    const known = this.#rows[index - LEAST_ROW];
    if (known !== undefined) return known;
    const volatility = Math.exp(VOLATILITY_STEP * index);
    const values = new Float64Array(this.#points).fill(Number.NaN);
    const row: Row = { volatility, step: STEP * volatility * this.#root, values };
    this.#rows[index - LEAST_ROW] = row;
    return row;
  }

  /** Adds `weight` times the row, by Lagrange's cubic through the four points about each price. */
  #add(
    weight: number,
    row: Row,
    count: number,
    { spot, logSpot }: GridSpots,
    logStrike: number,
    out: Float64Array,
  ): void {
    const { values } = row;
    const scale = 1 / row.step;
    const middle = this.#middle;
    const points = values.length;
    const lowest = this.#lowest;
    const highest = this.#highest;
    for (let index = 0; index < count; index++) {
      const x = (logSpot[index] ?? Number.NaN) - logStrike;
      if (x < lowest || x > highest || !((spot[index] ?? 0) > 0)) continue;
      const place = x * scale + middle;
      const first = Math.floor(place) - 1;
      let premium = 0;
      if (first >= 0 && first + 3 < points) {
        let a = values[first] ?? 0;
        let b = values[first + 1] ?? 0;
        let c = values[first + 2] ?? 0;
        let d = values[first + 3] ?? 0;
        if (Number.isNaN(a + b + c + d)) {
          a = this.#point(row, first);
          b = this.#point(row, first + 1);
          c = this.#point(row, first + 2);
          d = this.#point(row, first + 3);
        }
        const t = place - first - 1;
        const before = t + 1;
        const after = t - 1;
        const beyond = t - 2;
        const inner = after * beyond;
        const outer = before * t;
        premium = (b * before * inner - c * outer * beyond) / 2 + (d * outer * after - a * t * inner) / 6;
      } else premium = this.#exact(x, row.volatility);
      out[index] = (out[index] ?? 0) + weight * premium;
    }
  }

  #point(row: Row, point: number): number {
    const known = row.values[point] ?? Number.NaN;
    if (!Number.isNaN(known) || this.#block(row, point)) return row.values[point] ?? Number.NaN;
    const made = this.#exact((point - this.#middle) * row.step, row.volatility);
    row.values[point] = made;
    return made;
  }

  /** The points about `point` from one exercise boundary or, with dividends, one grid. False where there is none. */
  #block(row: Row, point: number): boolean {
    const { years, rate, yield: borrow, dividends } = this.#slice.terms;
    const { volatility, step, values } = row;
    const pays = dividends.length > 0;
    const strike = pays ? this.#strike : 1;
    const first = point - (point % BLOCK);
    const count = Math.min(BLOCK, this.#points - first);
    for (let index = 0; index < count; index++) spots[index] = strike * Math.exp((first + index - this.#middle) * step);
    const terms = { years, rate, yield: borrow };
    const right = this.#call ? 'call' : 'put';
    const option = { ...terms, spot: strike, strike, volatility, right } as const;
    const solved = pays
      ? discreteDividendPrices({ ...option, exercise: 'american', dividends }, count, spots, worth)
      : americanEngine('fast').values(count, spots, terms, volatility, this.#call, worth);
    if (!solved) return false;
    for (let index = 0; index < count; index++) {
      const less = (spots[index] ?? 0) - (pays ? this.#paid : 0);
      const european = less > 0 ? optionPrice({ ...option, spot: less }) : Number.POSITIVE_INFINITY;
      values[first + index] = Math.max(0, (worth[index] ?? Number.NaN) - european) / strike;
    }
    return true;
  }

  #exact(x: number, volatility: number): number {
    const strike = this.#strike;
    const spot = strike * Math.exp(x);
    const less = spot - this.#paid;
    if (!(less > 0)) return 0;
    const { years, rate, yield: borrow, dividends } = this.#slice.terms;
    const right = this.#call ? 'call' : 'put';
    const european = optionPrice({ spot: less, strike, years, rate, yield: borrow, volatility, right });
    const option = { spot, strike, years, rate, yield: borrow, volatility, right } as const;
    const american =
      dividends.length > 0
        ? discreteDividendPrice({ ...option, exercise: 'american', dividends }).price
        : this.#slice.price(spot, strike, this.#call, volatility);
    return Math.max(0, american - european) / strike;
  }
}

/** The same of one contract. */
export class EarlyExerciseValue {
  readonly #table: EarlyExerciseTable;
  readonly #strike: number;
  readonly #logStrike: number;

  constructor(table: EarlyExerciseTable, strike: number) {
    this.#table = table;
    this.#strike = strike;
    this.#logStrike = Math.log(strike);
  }

  /**
   * At the first `count` prices and one volatility, into `out`: dollars per share above the European value of the price less its dividends; never
   * negative.
   */
  premiums(count: number, spots: GridSpots, volatility: number, out: Float64Array): void {
    this.#table.premiums(count, spots, this.#strike, this.#logStrike, volatility, out);
  }

  /** The same at one price. */
  premium(spot: number, volatility: number): number {
    const out = new Float64Array(1);
    this.premiums(1, { spot: Float64Array.of(spot), logSpot: Float64Array.of(Math.log(spot)) }, volatility, out);
    return out[0] ?? Number.NaN;
  }
}
