import { sessionsBetween } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import type { Split } from '../reference/corporate-actions.ts';
import type { Findings } from './findings.ts';

/** One day of one ticker. Dollars per share, unadjusted. */
export interface SeriesDay {
  readonly date: MarketDate;
  readonly close: number;
  readonly open: number;
  readonly volume: number;
}

/** Thinly traded listings skip days; a hole of a quarter is none of those. */
const HOLE_SESSIONS = 60;
const WINDOW = 20;
const PRICE_FACTOR = 2;
const VOLUME_FACTOR = 10;
const SPLIT_TOLERANCE = 0.25;

/**
 * Looks along the daily series of one ticker for a long hole, and for one whose two sides can't be the same company (price or usual volume
 * of another order after splits): a ticker that was given to another listing. On a split's day the price must move by the split.
 */
export function checkSeries(
  source: string,
  symbol: string,
  days: readonly SeriesDay[],
  splits: readonly Split[],
  findings: Findings,
): void {
  const place = { source, date: null, underlying: symbol };
  const own = splits.filter((split) => split.symbol === symbol);
  findings.checked('ticker-reuse');
  findings.checked('series-hole');
  for (let i = 1; i < days.length; i += 1) {
    const [before, after] = [days[i - 1], days[i]];
    if (!before || !after) continue;
    const absent = Math.max(0, sessionsBetween(before.date, after.date).length - 2);
    const between = own.filter(({ date }) => date > before.date && date <= after.date);
    const factor = between.reduce((product, { from, to }) => (product * to) / from, 1);
    const move = (after.open * factor) / before.close;
    if (absent >= HOLE_SESSIONS) {
      const volumes =
        median(days.slice(i, i + WINDOW)) / Math.max(1, median(days.slice(Math.max(0, i - WINDOW), i)) * factor);
      const other = outside(move, PRICE_FACTOR) || outside(volumes, VOLUME_FACTOR);
      findings.found(
        other ? 'ticker-reuse' : 'series-hole',
        place,
        () =>
          `no row from ${before.date} to ${after.date} (${absent} sessions); close ${before.close}, then open ${after.open}; usual volume times ${volumes.toPrecision(2)}`,
      );
    } else if (between.length > 0) {
      findings.checked('split-price');
      if (Math.abs(move - 1) > SPLIT_TOLERANCE)
        findings.found(
          'split-price',
          { ...place, date: after.date },
          () => `close ${before.close}, then open ${after.open}: not the split of ${factor}`,
        );
    }
  }
}

function outside(ratio: number, factor: number): boolean {
  return ratio > factor || ratio < 1 / factor;
}

function median(days: readonly SeriesDay[]): number {
  const volumes = days.map(({ volume }) => volume).sort((a, b) => a - b);
  return volumes[volumes.length >> 1] ?? 0;
}
