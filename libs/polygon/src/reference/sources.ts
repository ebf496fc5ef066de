import type { Clock, MarketDate } from '@trading-agent/core';
import type { OptionSymbol } from '@trading-agent/instruments';
import { marketDateOf } from '@trading-agent/market-data';
import { wireTicker } from './fields.ts';
import type { Questions } from './question.ts';

/** What every room of the reference data asks with. */
export interface Sources {
  readonly ask: Questions;
  /** How old an answer about days up to `last` may be, milliseconds. */
  readonly past: (last: MarketDate) => number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What lies wholly in the past changes rarely (corrections, splits); what touches today is asked anew. */
export function pastAge(clock: Clock): Sources['past'] {
  return (last) => (last < marketDateOf(clock.now()) ? HOUR : 0);
}

/** A symbol as a part of a path. */
export function encoded(symbol: string | OptionSymbol): string {
  return encodeURIComponent(wireTicker(symbol));
}
