import { type Label, checkLengths } from './confusion.ts';

/**
 * Area under the ROC curve: the probability that a positive case has a higher score than a negative one, ties counting half (the
 * Mann-Whitney statistic; J. A. Hanley and B. J. McNeil, Radiology 143 (1982)). NaN unless both labels occur.
 * @throws {TradingError} `INVALID_VALUE` for different lengths.
 */
export function areaUnderCurve(scores: readonly number[], actual: readonly Label[]): number {
  checkLengths(scores, actual);
  const order = scores.map((score, index) => ({ score, label: actual[index] })).sort((a, b) => a.score - b.score);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && order[to]?.score === order[from]?.score) to += 1;
    const rank = (from + 1 + to) / 2;
    for (; from < to; from += 1) {
      if (order[from]?.label !== 1) continue;
      rankSum += rank;
      positives += 1;
    }
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
