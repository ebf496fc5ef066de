import { daysBetween, type MarketDate } from '@trading-agent/core';
import { isUsableYield, type ParYield, RateCurve } from '../term/rate-curve.ts';
import { policyRate } from './policy-rate.ts';

/** Par yields of one day, decimal. Plain data, so that a session can carry it. */
export interface TreasuryCurve {
  readonly date: MarketDate;
  readonly yields: readonly ParYield[];
}

/** `given` by a person, `treasury` par yields, the `policy` rate of the central bank, or nothing is known and the rate is 0. */
export type RateSource = 'given' | 'treasury' | 'policy' | 'none';

/** Over the longest run of days without a curve; an older one says nothing. */
const MOST_CURVE_DAYS = 14;

/** What money costs, and who says so. */
export class Rates {
  readonly source: RateSource;
  /** The day of the Treasury curve; `null` for any other source. */
  readonly asOf: MarketDate | null;
  readonly #curve: RateCurve;

  private constructor(source: RateSource, asOf: MarketDate | null, curve: RateCurve) {
    this.source = source;
    this.asOf = asOf;
    this.#curve = curve;
  }

  /** One rate for every expiry, continuously compounded. */
  static given(rate: number): Rates {
    return new Rates('given', null, RateCurve.flat(rate));
  }

  /**
   * The best that was known on `date`: a Treasury curve of an earlier day (that of the day itself is published after the close) that is no
   * more than 14 days old and holds a yield, else the policy rate, else 0.
   */
  static asOf(date: MarketDate, treasury?: TreasuryCurve | null): Rates {
    if (treasury !== undefined && treasury !== null && isKnownOn(treasury, date))
      return new Rates('treasury', treasury.date, RateCurve.fromParYields(treasury.yields));
    const policy = policyRate(date);
    return policy === null
      ? new Rates('none', null, RateCurve.flat(0))
      : new Rates('policy', null, RateCurve.flat(policy));
  }

  /** The zero rate to `years`, continuously compounded, decimal. */
  rate(years: number): number {
    return this.#curve.rate(years);
  }
}

function isKnownOn({ date: published, yields }: TreasuryCurve, date: MarketDate): boolean {
  const usable = yields.some((one) => isUsableYield(one));
  return usable && published < date && daysBetween(published, date) <= MOST_CURVE_DAYS;
}
