import { TradingError } from '@trading-agent/core';

/** What happened (1 = up) or what was said to happen. */
export type Label = 0 | 1;

/** Counts of a binary classifier's answers; "positive" is the label 1. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** @throws {TradingError} `INVALID_VALUE` for different lengths. */
export function confusion(predicted: readonly Label[], actual: readonly Label[]): Confusion {
  checkLengths(predicted, actual);
  const count = (said: Label, was: Label): number =>
    predicted.filter((label, index) => label === said && actual[index] === was).length;
  return {
    truePositives: count(1, 1),
    falsePositives: count(1, 0),
    trueNegatives: count(0, 0),
    falseNegatives: count(0, 1),
  };
}

export function checkLengths(predicted: readonly unknown[], actual: readonly unknown[]): void {
  if (predicted.length === actual.length) return;
  throw new TradingError(
    'INVALID_VALUE',
    `Expected one prediction per label, were ${predicted.length} and ${actual.length}`,
  );
}
