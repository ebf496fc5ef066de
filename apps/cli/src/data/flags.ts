import { InvalidArgumentError } from 'commander';
import { type MarketDate, TradingError, isTradingError, marketDate } from '@trading-agent/core';

/** A day on the command line. */
export function dayFlag(text: string): MarketDate {
  try {
    return marketDate(text);
  } catch (error) {
    if (!isTradingError(error)) throw error;
    throw new InvalidArgumentError('Expected a day such as 2015-12-24.');
  }
}

/** A list such as `GOOG,SPY`, upper case, each once. */
export function tickersFlag(text: string): readonly string[] {
  const list = [...new Set(text.split(',').map((part) => part.trim().toUpperCase()))].filter((part) => part !== '');
  const wrong = list.find((part) => !/^[A-Z][A-Z0-9.]{0,9}$/.test(part));
  if (list.length === 0 || wrong !== undefined) throw new InvalidArgumentError('Expected tickers such as GOOG,SPY.');
  return list;
}

/** Feed folders such as `us_stocks_sip/day_aggs_v1`, separated by commas. */
export function feedsFlag(text: string): readonly string[] {
  const list = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  if (list.length === 0) throw new InvalidArgumentError('Expected feeds such as us_stocks_sip/day_aggs_v1.');
  return list;
}

/** Whole number of at least 1. */
export function countFlag(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return value;
}

/**
 * Runs work that Ctrl-C or SIGTERM may end: the signal fires once, the work stops at its next safe place, and the command fails with
 * `CANCELLED`. A second Ctrl-C ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new TradingError('CANCELLED', 'Stopped before the end', { hint: 'Run it again to go on.' }));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
