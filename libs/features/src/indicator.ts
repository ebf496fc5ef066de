import { TradingError } from '@trading-agent/core';

/**
 * A streaming indicator: one definition for live and batch. The value after a push depends on what was pushed so far and on nothing
 * else, so it cannot look ahead.
 */
export interface Indicator<Input, Output> {
  /** Takes the next observation; `null` until enough were seen. */
  push(input: Input): Output | null;
}

/** The indicator over a whole series, one value per input: the fold of the streaming form. */
export function runIndicator<Input, Output>(
  indicator: Indicator<Input, Output>,
  inputs: Iterable<Input>,
): (Output | null)[] {
  const outputs: (Output | null)[] = [];
  for (const input of inputs) outputs.push(indicator.push(input));
  return outputs;
}

/** @throws {TradingError} `OUT_OF_RANGE` unless `period` is a whole number of at least `least`. */
export function checkPeriod(period: number, least = 1): void {
  if (Number.isSafeInteger(period) && period >= least) return;
  throw new TradingError('OUT_OF_RANGE', `Expected a period of at least ${least} observations, was ${period}`);
}
