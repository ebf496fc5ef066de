import { type Micros, MICROS_PER_MINUTE, micros, TradingError } from '@trading-agent/core';
import { createFeatureStream, type FeatureVector } from '@trading-agent/features';
import type { Bar } from '@trading-agent/instruments';
import type { Label } from '@trading-agent/statistics';

/** What was known at one time and what came of it. */
export interface LabelledRow {
  /** Known at `vector.at`. */
  readonly vector: FeatureVector;
  /** 1 when the price was higher at the horizon, 0 when lower. */
  readonly label: Label;
  /** When the label became known: `vector.at` plus the horizon. */
  readonly labelEnd: Micros;
}

/** A close older than this at the horizon is no price of that time: the market was closed or nothing traded. */
const STALEST_MINUTES = 5;

/**
 * Features and labels of one symbol from its minute bars, oldest first. The label is the sign of the return from the bar's close to the
 * last close known at the horizon. No row comes of a bar whose horizon lies past the data or in a pause of the market (the night),
 * nor of an unchanged price.
 * @throws {TradingError} `INVALID_VALUE` when the bars are not of one symbol, not in time order, or a close is no price.
 */
export function labelledRows(bars: readonly Bar[], horizonMinutes: number): LabelledRow[] {
  if (!(horizonMinutes > 0)) {
    throw new TradingError('INVALID_VALUE', `Expected a positive horizon, was ${horizonMinutes} minutes`);
  }
  checkBars(bars);
  const stream = createFeatureStream();
  const rows: LabelledRow[] = [];
  let ahead = 0;
  for (const bar of bars) {
    const vector = stream.push(bar);
    if (vector === null) continue;
    const labelEnd = micros(bar.end + horizonMinutes * MICROS_PER_MINUTE);
    while ((bars[ahead + 1]?.end ?? Number.POSITIVE_INFINITY) <= labelEnd) ahead += 1;
    const last = bars[ahead];
    // Data that end before the horizon do not say what the price was then.
    const known = bars[ahead + 1] !== undefined || last?.end === labelEnd;
    const fresh = last !== undefined && last.end > bar.end && last.end > labelEnd - STALEST_MINUTES * MICROS_PER_MINUTE;
    if (!known || !fresh || last.close === bar.close) continue;
    rows.push({ vector, label: last.close > bar.close ? 1 : 0, labelEnd });
  }
  return rows;
}

/** Rows of several symbols as one data set, in order of time, then symbol. */
export function mergeRows(sets: readonly (readonly LabelledRow[])[]): LabelledRow[] {
  return sets.flat().sort((a, b) => {
    if (a.vector.at !== b.vector.at) return a.vector.at - b.vector.at;
    return a.vector.symbol < b.vector.symbol ? -1 : a.vector.symbol > b.vector.symbol ? 1 : 0;
  });
}

function checkBars(bars: readonly Bar[]): void {
  for (const [index, bar] of bars.entries()) {
    if (!(bar.close > 0 && Number.isFinite(bar.close))) {
      throw new TradingError(
        'INVALID_VALUE',
        `Expected a positive close, bar ${index} of ${bar.symbol} has ${bar.close}`,
      );
    }
    const before = bars[index - 1];
    if (before === undefined || (before.end < bar.end && before.symbol === bar.symbol)) continue;
    throw new TradingError(
      'INVALID_VALUE',
      `Expected bars of one symbol in time order, bar ${index} is ${bar.symbol} ${bar.end} after ${before.symbol} ${before.end}`,
      { hint: 'Give minute bars oldest first, each window once.' },
    );
  }
}
