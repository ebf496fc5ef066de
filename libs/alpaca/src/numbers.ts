import { parseUsd, usdToNumber } from '@trading-agent/core';
import { badMessage } from './errors.ts';

/** Decimal text as a price in dollars per share, read exactly to the micro-dollar. @throws {TradingError} `INVALID_VALUE`. */
export function price(text: string): number {
  return usdToNumber(parseUsd(text));
}

/** Decimal text as a whole number of contracts or units. @throws {TradingError} `BROKER_BAD_MESSAGE` for fractions. */
export function count(text: string): number {
  const value = price(text);
  if (!Number.isSafeInteger(value)) throw badMessage(`Expected a whole quantity, was "${text}"`);
  return value;
}
