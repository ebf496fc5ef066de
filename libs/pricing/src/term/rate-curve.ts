import { daysBetween, type MarketDate, marketDate, TradingError } from '@trading-agent/core';

/** A par yield as the Treasury publishes it: decimal, bond-equivalent (compounded twice a year). */
export interface ParYield {
  /** Tenor in years. */
  readonly years: number;
  readonly yield: number;
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
   * bond pays half its yield every half year, yields at half-years between tenors linear in time.
   * @throws {TradingError} `INVALID_VALUE` without a usable yield.
   */
  static fromParYields(points: readonly ParYield[]): RateCurve {
    const known = points
      .filter((one) => one.years > 0 && Number.isFinite(one.yield))
      .toSorted((a, b) => a.years - b.years);
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
    for (let k = 1; k <= Math.round(2 * longest.years); k += 1) {
      const at = k / 2;
      const half = 0.5 * parYieldAt(known, at);
      const discount = k === 1 ? 1 / (1 + half) : (1 - half * annuity) / (1 + half);
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

const TENOR = /^BC_(\d+)(MONTH|YEAR)$/;

/** The Treasury's daily par yields, one day after another. */
export class TreasuryHistory {
  readonly #days: readonly { readonly date: MarketDate; readonly points: readonly ParYield[] }[];
  readonly #curves = new Map<MarketDate, RateCurve>();

  /**
   * `csv`: a header `date,BC_1MONTH,...,BC_30YEAR` and percent figures; 0 or empty is no quote (the Treasury's own convention for tenors
   * that were not issued).
   * @throws {TradingError} `INVALID_VALUE` for a header without tenors.
   */
  constructor(csv: string) {
    const [header = '', ...lines] = csv.split(/\r?\n/);
    const tenors = header.split(',').map((name) => {
      const match = TENOR.exec(name.trim());
      return match ? Number(match[1]) / (match[2] === 'MONTH' ? 12 : 1) : 0;
    });
    if (!header.startsWith('date,') || !tenors.some((one) => one > 0)) {
      throw new TradingError('INVALID_VALUE', `Expected a header date,BC_1MONTH,..., was "${header.slice(0, 60)}"`);
    }
    this.#days = lines
      .filter((line) => /^\d{4}-\d\d-\d\d,/.test(line))
      .map((line) => {
        const cells = line.split(',');
        const points = tenors.flatMap((years, k) => {
          const percent = Number(cells[k] || '0');
          return years > 0 && Number.isFinite(percent) && percent !== 0 ? [{ years, yield: percent / 100 }] : [];
        });
        return { date: marketDate(cells[0] ?? ''), points };
      })
      .filter((day) => day.points.length > 0)
      .toSorted((a, b) => (a.date < b.date ? -1 : 1));
  }

  /**
   * The curve known on `date`: the newest row strictly before it, because the Treasury publishes after the close of the options market.
   * @throws {TradingError} `OUT_OF_RANGE` when there is none, or none within `staleAfter` days.
   */
  asOf(date: MarketDate, staleAfter = 10): RateCurve {
    let low = 0;
    let high = this.#days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#days[middle]?.date ?? date) < date) low = middle + 1;
      else high = middle;
    }
    const day = this.#days[low - 1];
    const age = day === undefined ? Number.POSITIVE_INFINITY : daysBetween(day.date, date);
    if (day === undefined || age > staleAfter) {
      throw new TradingError('OUT_OF_RANGE', `No Treasury curve within ${staleAfter} days before ${date}`, {
        hint: 'Load a newer file of par yields.',
      });
    }
    const known = this.#curves.get(day.date);
    if (known !== undefined) return known;
    const curve = RateCurve.fromParYields(day.points);
    this.#curves.set(day.date, curve);
    return curve;
  }
}
