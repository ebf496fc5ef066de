import type { Confusion } from './confusion.ts';

/** Of the answers "positive", the share that was right; 0 when none was given (as scikit-learn's `zero_division=0`). */
export function precision(counts: Confusion): number {
  const said = counts.truePositives + counts.falsePositives;
  return said > 0 ? counts.truePositives / said : 0;
}
