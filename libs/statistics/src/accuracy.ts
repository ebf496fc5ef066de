import type { Confusion } from './confusion.ts';

/** Share of right answers of all answers; NaN for none. */
export function accuracy(counts: Confusion): number {
  const right = counts.truePositives + counts.trueNegatives;
  return right / (right + counts.falsePositives + counts.falseNegatives);
}
