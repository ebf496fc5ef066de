import type { DividendSlice } from '../dividends/dividend-slice.ts';
import { optionPrice } from '../european.ts';

/** A put or call this many standard deviations out of the money is not exercised early in any state that counts. */
const FAR_OUT = 2.5;
/** Within these the lattice of a slice holds. */
const LEAST_VOLATILITY = 0.005;
const MOST_VOLATILITY = 4;

/** What early exercise adds to the European value of one contract, by the lattice of its expiry. */
export class EarlyExerciseValue {
  readonly #slice: DividendSlice;
  readonly #strike: number;
  readonly #call: boolean;
  /** Of the years: what a cash dividend takes off the price of the underlying today. */
  readonly #paid: number;
  readonly #root: number;

  constructor(slice: DividendSlice, strike: number, call: boolean, paid: number) {
    this.#slice = slice;
    this.#strike = strike;
    this.#call = call;
    this.#paid = paid;
    this.#root = Math.sqrt(slice.terms.years);
  }

  /** Dollars per share above the European value of the price less its dividends; never negative. */
  premium(spot: number, volatility: number): number {
    const at = Math.min(MOST_VOLATILITY, Math.max(LEAST_VOLATILITY, volatility));
    const european = spot - this.#paid;
    if (!(european > 0)) return 0;
    const out = (this.#call ? 1 : -1) * Math.log(this.#strike / spot);
    if (out > FAR_OUT * at * this.#root) return 0;
    const { years, rate, yield: borrow } = this.#slice.terms;
    const strike = this.#strike;
    const right = this.#call ? 'call' : 'put';
    const value = optionPrice({ spot: european, strike, years, rate, yield: borrow, volatility: at, right });
    return Math.max(0, this.#slice.price(spot, strike, this.#call, at) - value);
  }
}
