import type { Confusion } from './confusion.ts';

/** Of the cases that were positive, the share that was found; 0 when there was none (as scikit-learn's `zero_division=0`). */
export function recall(counts: Confusion): number {
  const were = counts.truePositives + counts.falseNegatives;
  return were > 0 ? counts.truePositives / were : 0;
}
