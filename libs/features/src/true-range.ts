import type { Indicator } from './indicator.ts';
import { wilderAverage } from './moving-average.ts';

export interface PriceRange {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** True range: the bar's range, extended to the previous close. `null` for the first bar, which has no previous close. */
export function trueRange(): Indicator<PriceRange, number> {
  let previous: number | null = null;
  return {
    push: ({ high, low, close }) => {
      const before = previous;
      previous = close;
      return before === null ? null : Math.max(high, before) - Math.min(low, before);
    },
  };
}

/** Average true range with Wilder's smoothing (J. W. Wilder, 1978). Warm after `period` + 1 bars. */
export function averageTrueRange(period = 14): Indicator<PriceRange, number> {
  const range = trueRange();
  const average = wilderAverage(period);
  return {
    push: (bar) => {
      const value = range.push(bar);
      return value === null ? null : average.push(value);
    },
  };
}
