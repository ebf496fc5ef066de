import { TradingError } from '@trading-agent/core';

/** A par yield as the Treasury publishes it: decimal, bond-equivalent (compounded twice a year). */
export interface ParYield {
  /** Tenor in years. */
  readonly years: number;
  readonly yield: number;
}

/** Nobody lends at more, or pays half of it for lending: such a figure is a slip, of the decimal point for instance. */
const MOST_YIELD = 1;
const LEAST_YIELD = -0.5;

/** Whether a curve takes the point into account. */
export function isUsableYield({ years, yield: one }: ParYield): boolean {
  return years > 0 && Number.isFinite(years) && one > LEAST_YIELD && one < MOST_YIELD;
}

/** Continuously compounded zero rates; between nodes the forward rate is constant, outside them the zero rate. */
export class RateCurve {
  readonly #years: readonly number[];
  /** Minus the logarithm of the discount factor at each node. */
  readonly #drop: readonly number[];

  private constructor(years: readonly number[], drop: readonly number[]) {
    this.#years = years;
    this.#drop = drop;
  }

  /** A curve with one zero rate, continuously compounded. */
  static flat(rate: number): RateCurve {
    return new RateCurve([1], [rate]);
  }

  /**
   * Bootstrapped from par yields. Up to half a year a yield is simple interest (31 CFR 356 App. B: bills have no coupon); beyond, a par
   * bond pays half its yield every half year, yields at half-years between tenors linear in time. Yields beyond -50% and 100% are left out, and
   * maturities at which the coupons before would be worth more than the bond.
   * @throws {TradingError} `INVALID_VALUE` without a usable yield.
   */
  static fromParYields(points: readonly ParYield[]): RateCurve {
    const known = points.filter((one) => isUsableYield(one)).toSorted((a, b) => a.years - b.years);
    const [shortest] = known;
    const longest = known.at(-1);
    if (shortest === undefined || longest === undefined) {
      throw new TradingError('INVALID_VALUE', 'Expected at least one par yield', {
        hint: 'Take the curve of an earlier day.',
      });
    }
    const years: number[] = [];
    const drop: number[] = [];
    for (const one of known.filter((point) => point.years <= 0.5)) {
      years.push(one.years);
      drop.push(Math.log1p(one.yield * one.years));
    }
    let annuity = 0;
    for (let k = 1; k <= Math.ceil(2 * longest.years); k += 1) {
      const at = k / 2;
      const half = 0.5 * parYieldAt(known, at);
      const discount = k === 1 ? 1 / (1 + half) : (1 - half * annuity) / (1 + half);
      if (!(discount > 0)) break;
      annuity += discount;
      if (k === 1 && known.some((point) => point.years === 0.5)) continue;
      if (at < shortest.years) continue;
      years.push(at);
      drop.push(-Math.log(discount));
    }
    return new RateCurve(years, drop);
  }

  /** Minus the logarithm of the price today of a dollar in `years`. */
  #dropAt(at: number): number {
    const years = this.#years;
    const drop = this.#drop;
    const last = years.length - 1;
    const next = years.findIndex((one) => one >= at);
    if (next === 0 || last === 0) return ((drop[0] ?? 0) / (years[0] ?? 1)) * at;
    if (next < 0) return ((drop[last] ?? 0) / (years[last] ?? 1)) * at;
    const left = years[next - 1] ?? 0;
    const right = years[next] ?? left;
    const share = (at - left) / (right - left);
    return (drop[next - 1] ?? 0) * (1 - share) + (drop[next] ?? 0) * share;
  }

  discount(years: number): number {
    return Math.exp(-this.#dropAt(Math.max(years, 0)));
  }

  /** The zero rate to `years`, continuously compounded, decimal; at 0 the shortest there is. */
  rate(years: number): number {
    return years > 0 ? this.#dropAt(years) / years : (this.#drop[0] ?? 0) / (this.#years[0] ?? 1);
  }
}

function parYieldAt(known: readonly ParYield[], at: number): number {
  const next = known.findIndex((one) => one.years >= at);
  const right = known[next];
  const left = known[next - 1];
  if (right === undefined) return known.at(-1)?.yield ?? 0;
  if (left === undefined) return right.yield;
  return left.yield + ((right.yield - left.yield) * (at - left.years)) / (right.years - left.years);
}
