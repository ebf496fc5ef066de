import { type Micros, MICROS_PER_MINUTE, TradingError } from '@trading-agent/core';
import type { LabelledRow } from './dataset.ts';

export interface Fold {
  readonly train: readonly LabelledRow[];
  readonly validate: readonly LabelledRow[];
  /** Earlier rows that were left out of `train` because their labels, or the embargo after them, reach into `validate`. */
  readonly purged: number;
  /** Time of the first validation row. */
  readonly from: Micros;
  /** Time of the last validation row. */
  readonly to: Micros;
}

/**
 * Walk-forward splits: the distinct times are cut into `folds` + 1 blocks of equal count; each block but the first is validated on by
 * what was trained on the blocks before it. A training row whose label is known only after validation begins, less the embargo, is
 * purged: its label is made of prices that validation asks about, and its neighbours' features overlap them
 * (M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), chapter 7).
 * @param rows in time order
 * @throws {TradingError} `INVALID_VALUE` when there are not enough rows for every fold to train and validate.
 */
export function walkForward(rows: readonly LabelledRow[], folds: number, embargoMinutes: number): Fold[] {
  if (!Number.isSafeInteger(folds) || folds < 1 || !(embargoMinutes >= 0)) {
    throw new TradingError(
      'INVALID_VALUE',
      `Expected at least 1 fold and no negative embargo, were ${folds} and ${embargoMinutes}`,
    );
  }
  const times = [...new Set(rows.map((row) => row.vector.at))];
  const result: Fold[] = [];
  for (let fold = 1; fold <= folds; fold += 1) {
    const from = times[Math.floor((times.length * fold) / (folds + 1))];
    const to = times[Math.floor((times.length * (fold + 1)) / (folds + 1)) - 1];
    if (from === undefined || to === undefined || to < from) throw tooFew(rows, folds);
    const limit = from - embargoMinutes * MICROS_PER_MINUTE;
    const earlier = rows.filter((row) => row.vector.at < from);
    const train = earlier.filter((row) => row.labelEnd <= limit);
    if (train.length === 0) throw tooFew(rows, folds);
    const validate = rows.filter((row) => row.vector.at >= from && row.vector.at <= to);
    result.push({ train, validate, purged: earlier.length - train.length, from, to });
  }
  return result;
}

function tooFew(rows: readonly LabelledRow[], folds: number): TradingError {
  return new TradingError(
    'INVALID_VALUE',
    `Expected enough rows for ${folds} walk-forward folds, were ${rows.length}`,
    {
      hint: 'Collect more days of minute bars, or ask for fewer folds.',
      details: { rows: rows.length, folds },
    },
  );
}
