import type { DividendSlice } from '../dividends/dividend-slice.ts';
import { optionPrice } from '../european.ts';

/** Whoever holds an option this many standard deviations out of the money does not exercise early in any state that counts. */
const FAR_OUT = 2.5;
/** Within these the lattice of a slice holds. */
const LEAST_VOLATILITY = 0.005;
const MOST_VOLATILITY = 4;
/** Steps of the tables: in the logarithm of volatility, and of log-moneyness in standard deviations. */
const VOLATILITY_STEP = 0.065;
const STEP = 0.2;
const POINTS = 129;
const MIDDLE = 64;

/** One volatility of a table: premiums per unit of strike by log-moneyness, made when first asked for (NaN until then). */
interface Row {
  readonly volatility: number;
  readonly step: number;
  readonly values: Float64Array;
}

/**
 * What early exercise adds to the European value, by the lattice of an expiry, for one right: per unit of strike a function of moneyness and
 * volatility alone as long as no cash is paid, so that all strikes share a table; with cash dividends each strike has its own. Points are made when
 * first needed and interpolated (cubic in moneyness, linear in the logarithm of volatility; mostly within half a cent per 100 of what the kernels say):
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
  readonly #rows = new Map<number, Row>();

  /** `strike`: the one that the table is made with; `paid`: present value of the dividends, dollars. */
  constructor(slice: DividendSlice, strike: number, call: boolean, paid: number) {
    this.#slice = slice;
    this.#strike = strike;
    this.#call = call;
    this.#paid = paid;
    const { years, rate, yield: borrow } = slice.terms;
    this.#root = Math.sqrt(years);
    this.#drift = Math.max(0, (call ? rate - borrow : borrow - rate) * years);
  }

  /** Per unit of strike, at x = ln(spot / strike). */
  premium(x: number, volatility: number): number {
    const at = Math.min(MOST_VOLATILITY, Math.max(LEAST_VOLATILITY, volatility));
    if (this.#outOfTheMoney(x) > FAR_OUT * at * this.#root) return 0;
    const node = Math.log(at) / VOLATILITY_STEP;
    const base = Math.floor(node);
    const share = node - base;
    const low = this.#at(this.#row(base), x);
    return low + share * (this.#at(this.#row(base + 1), x) - low);
  }

  /** Of where the price gets to: a call is exercised before a dividend falls, a put after it. */
  #outOfTheMoney(x: number): number {
    if (this.#call) return -x - this.#drift;
    const left = Math.exp(x) - this.#paid / this.#strike;
    return left > 0 ? Math.log(left) - this.#drift : Number.NEGATIVE_INFINITY;
  }

  #row(index: number): Row {
    const known = this.#rows.get(index);
    if (known !== undefined) return known;
    const volatility = Math.exp(VOLATILITY_STEP * index);
    const values = new Float64Array(POINTS).fill(Number.NaN);
    const row: Row = { volatility, step: STEP * volatility * this.#root, values };
    this.#rows.set(index, row);
    return row;
  }

  #at(row: Row, x: number): number {
    const place = x / row.step + MIDDLE;
    const first = Math.floor(place) - 1;
    if (!(first >= 0 && first + 3 < POINTS)) return this.#exact(x, row.volatility);
    const t = place - first - 1;
    const a = this.#point(row, first);
    const b = this.#point(row, first + 1);
    const c = this.#point(row, first + 2);
    return cubic(a, b, c, this.#point(row, first + 3), t);
  }

  #point(row: Row, point: number): number {
    const known = row.values[point] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const made = this.#exact((point - MIDDLE) * row.step, row.volatility);
    row.values[point] = made;
    return made;
  }

  #exact(x: number, volatility: number): number {
    const strike = this.#strike;
    const spot = strike * Math.exp(x);
    const less = spot - this.#paid;
    if (!(less > 0)) return 0;
    const { years, rate, yield: borrow } = this.#slice.terms;
    const right = this.#call ? 'call' : 'put';
    const european = optionPrice({ spot: less, strike, years, rate, yield: borrow, volatility, right });
    return Math.max(0, this.#slice.price(spot, strike, this.#call, volatility) - european) / strike;
  }
}

/** Lagrange's cubic through the values at -1, 0, 1 and 2, at `t` within [0, 1]. */
function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const before = t + 1;
  const after = t - 1;
  const beyond = t - 2;
  return (
    (-a * t * after * beyond) / 6 +
    (b * before * after * beyond) / 2 -
    (c * before * t * beyond) / 2 +
    (d * before * t * after) / 6
  );
}

/** The same of one contract. */
export class EarlyExerciseValue {
  readonly #table: EarlyExerciseTable;
  readonly #strike: number;

  constructor(table: EarlyExerciseTable, strike: number) {
    this.#table = table;
    this.#strike = strike;
  }

  /** Dollars per share above the European value of the price less its dividends; never negative. */
  premium(spot: number, volatility: number): number {
    if (!(spot > 0)) return 0;
    return Math.max(0, this.#strike * this.#table.premium(Math.log(spot / this.#strike), volatility));
  }
}
