import { type Indicator, checkPeriod } from './indicator.ts';
import { simpleMovingAverage } from './moving-average.ts';
import { Window } from './window.ts';

/** Volume trend: short over long simple average of volume, minus 1; 0 where nothing traded in the long window. */
export function volumeTrend(short = 5, long = 20): Indicator<number, number> {
  const quick = simpleMovingAverage(short);
  const steady = simpleMovingAverage(long);
  return {
    push: (volume) => {
      const recent = quick.push(volume);
      const usual = steady.push(volume);
      if (recent === null || usual === null) return null;
      return usual > 0 ? recent / usual - 1 : 0;
    },
  };
}

/**
 * Volume-price relationship in [-1, 1]: of the volume of the last `period` changes of the close, the part that traded in rising bars
 * minus the part that traded in falling ones (on-balance volume, J. Granville 1963, made relative). Warm after `period` + 1 bars.
 */
export function volumeBalance(period = 20): Indicator<{ readonly close: number; readonly volume: number }, number> {
  checkPeriod(period);
  const signed = new Window(period);
  const total = new Window(period);
  let previous: number | null = null;
  return {
    push: ({ close, volume }) => {
      const change = previous === null ? null : close - previous;
      previous = close;
      if (change === null) return null;
      signed.push(Math.sign(change) * volume);
      total.push(volume);
      if (!total.full) return null;
      return total.mean > 0 ? signed.mean / total.mean : 0;
    },
  };
}
