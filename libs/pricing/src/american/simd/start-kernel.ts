import { type Column, kernel, newColumn, newWords } from './kernel-memory.ts';
import { type Terms, VectorFunctions } from './vector-functions.ts';

const STEPS = 16;
/** A step changes y to between these shares of it, or adds at most so much. */
const LEAST_SHARE = 0.3;
const MOST_MORE = 1.4;
/** Below this rτ, rτ/(1 - e^(-rτ)) is 1 to all digits that matter. */
const SMALL_INTEREST = 1e-7;

const PLACE = {
  years: 0,
  rate: 1,
  yield: 2,
  logCap: 3,
  variance: 4,
  deviation: 5,
  alpha: 6,
  shape: 7,
  close: 8,
  slowly: 9,
} as const;
const places = newColumn(Object.keys(PLACE).length);
/** How many pairs, the first's byte, bytes to the next, and byte in a pair of the one that is next to the next. */
const WORD = { pairs: 0, first: 1, step: 2, next: 3 } as const;
const words = newWords(Object.keys(WORD).length);

/**
 * Approximate exercise boundary of an American put with strike 1 at several times to expiry, two at a time: the QD+ equation of M. Li,
 * "Analytical Approximations for the Critical Stock Prices of American Options: A Performance Comparison" (2009), section 4,
 * multiplied out so that it is smooth in the boundary:  S (1 - e^(-qτ) Φ(-d+)) + A (1 - S - p) + C θ = 0.
 * Needs rate >= 0 (at 0 the limit of α/h is used). Newton in y = -ln(S/X), from what the pair of times before had: y / sqrt(τ) changes slowly.
 * From short times to long ones y = σ sqrt(τ) is start enough; from long ones to short ones the longest must be known, and then next to
 * r = q the shortest, where y / sqrt(τ) grows without a bound, are better.
 */
export class StartKernel {
  readonly #y: Column;
  readonly #x: Column;
  readonly #accuracy: Terms;
  #run: (() => void) | undefined;

  /** `x` are sqrt(τ/T), ascending, an even number of them; the answers go to `y`. */
  constructor(x: Column, y: Column, accuracy: Terms) {
    this.#x = x;
    this.#y = y;
    this.#accuracy = accuracy;
  }

  /**
   * The first `pairs` pairs of times, from the shortest to the longest or (`down`) the other way; `slowly` is y / x to begin with. Iterates
   * until y changes by less than the share `close` of it.
   */
  solve(
    pairs: number,
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    logCap: number,
    slowly: number,
    down: boolean,
    close: number,
  ): void {
    const variance = volatility * volatility;
    const { values } = places;
    values[PLACE.years] = years;
    values[PLACE.rate] = rate;
    values[PLACE.yield] = dividendYield;
    values[PLACE.logCap] = logCap;
    values[PLACE.variance] = variance;
    values[PLACE.deviation] = volatility * Math.sqrt(years);
    values[PLACE.alpha] = (2 * rate) / variance;
    values[PLACE.shape] = (2 * (rate - dividendYield)) / variance - 1;
    values[PLACE.close] = close;
    values[PLACE.slowly] = slowly;
    words.values[WORD.pairs] = pairs;
    words.values[WORD.first] = down ? 16 * (pairs - 1) : 0;
    words.values[WORD.step] = down ? -16 : 16;
    words.values[WORD.next] = down ? 0 : 8;
    (this.#run ??= this.#assemble())();
  }

  #assemble(): () => void {
    return kernel((w) => {
      const f = new VectorFunctions(w, this.#accuracy);
      const place = (name: keyof typeof PLACE) => w.keep(w.splat(w.origin, places.at + 8 * PLACE[name]));
      const years = place('years');
      const rate = place('rate');
      const dividend = place('yield');
      const logCap = place('logCap');
      const variance = place('variance');
      const total = place('deviation');
      const alpha = place('alpha');
      const shape = place('shape');
      const close = place('close');
      const one = f.n(1);
      const carryRate = w.keep(f.minus(rate, dividend));
      const word = (name: keyof typeof WORD) => w.word(words.at + 4 * WORD[name]);
      const node = w.pointer(word('first'));
      const nearest = w.pointer(word('first'));
      nearest.advance(word('next'));
      const y = w.variable(f.n(0));
      /** y / x of the node before. */
      const slowly = w.variable(place('slowly'));
      w.repeat(word('pairs'), () => {
        const x = w.keep(w.load(node.at, this.#x.at));
        const tau = w.keep(f.times(years, x, x));
        const interest = w.keep(f.times(rate, tau));
        const discount = f.exp(w.unary('neg', interest));
        const h = f.minus(one, discount);
        const alphaOverH = w.keep(
          w.select(
            w.keep(w.binary('above', interest, f.n(SMALL_INTEREST))),
            f.over(alpha, h),
            f.over(f.n(2), f.times(variance, tau)),
          ),
        );
        const square = w.keep(f.sum(f.times(shape, shape), f.times(f.n(4), alphaOverH)));
        const root = w.keep(w.unary('sqrt', square));
        const correction = f.over(f.times(discount, alphaOverH), root);
        const a = w.keep(
          f.minus(f.times(correction, f.minus(one, f.over(alphaOverH, square))), f.times(f.n(0.5), f.sum(shape, root))),
        );
        const c = w.keep(f.over(f.n(-2), f.times(variance, root)));
        const deviation = w.keep(f.times(total, x));
        const inverse = w.keep(f.over(one, deviation));
        const carry = f.exp(w.unary('neg', f.times(dividend, tau)));
        const carried = w.keep(f.times(carryRate, inverse));
        const drift = w.keep(f.sum(f.times(carried, tau), f.times(f.n(0.5), deviation)));
        const decay = w.keep(f.times(f.n(0.5), variance, inverse));
        y.set(f.times(slowly.value, x));
        w.repeatWhileAny(STEPS, () => {
          const before = w.keep(y.value);
          const log = w.keep(f.minus(logCap, before));
          const boundary = f.boundedExp(log);
          const upper = w.keep(f.sum(f.times(log, inverse), drift));
          const [over, bell] = f.both(upper);
          const below = w.keep(f.times(carry, f.minus(one, over)));
          const density = w.keep(f.times(carry, bell));
          const left = w.keep(f.times(discount, f.cdf(f.minus(deviation, upper))));
          const paid = w.keep(f.times(boundary, below));
          const decayed = w.keep(f.times(decay, density));
          const theta = f.minus(f.minus(f.times(rate, left), f.times(dividend, paid)), f.times(boundary, decayed));
          const early = f.minus(f.minus(one, boundary), f.minus(left, paid));
          const value = f.sum(f.minus(boundary, paid), f.times(a, early), f.times(c, theta));
          const bend = f.sum(
            f.times(carried, density),
            f.times(dividend, below),
            f.times(decayed, f.minus(one, f.times(upper, inverse))),
          );
          const slope = f.minus(
            f.sum(f.times(f.minus(one, a), f.minus(one, below)), f.times(density, inverse)),
            f.times(c, bend),
          );
          const next = f.sum(before, f.over(value, f.times(slope, boundary)));
          const least = f.times(f.n(LEAST_SHARE), before);
          const most = f.sum(before, f.n(MOST_MORE));
          const after = w.keep(w.binary('lesser', most, w.binary('greater', least, next)));
          y.set(after);
          return w.binary('above', w.unary('abs', f.minus(after, before)), f.times(close, after));
        });
        w.store(node.at, this.#y.at, y.value);
        slowly.set(f.over(w.splat(nearest.at, this.#y.at), w.splat(nearest.at, this.#x.at)));
        node.advance(word('step'));
        nearest.advance(word('step'));
      });
    });
  }
}
