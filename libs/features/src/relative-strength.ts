import type { Indicator } from './indicator.ts';
import { wilderAverage } from './moving-average.ts';

/**
 * Relative strength index, 0..100, with Wilder's smoothing (J. W. Wilder, 1978). 100 when nothing fell; 50 when nothing moved at all.
 * Warm after `period` + 1 values.
 */
export function relativeStrengthIndex(period = 14): Indicator<number, number> {
  const gains = wilderAverage(period);
  const losses = wilderAverage(period);
  let previous: number | null = null;
  return {
    push: (value) => {
      const change = previous === null ? null : value - previous;
      previous = value;
      if (change === null) return null;
      const gain = gains.push(Math.max(change, 0));
      const loss = losses.push(Math.max(-change, 0));
      if (gain === null || loss === null) return null;
      return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
    },
  };
}
