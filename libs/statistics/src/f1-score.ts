import type { Confusion } from './confusion.ts';

/** F1: harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 0 when nothing was positive on either side. */
export function f1Score(counts: Confusion): number {
  const weight = 2 * counts.truePositives + counts.falsePositives + counts.falseNegatives;
  return weight > 0 ? (2 * counts.truePositives) / weight : 0;
}
