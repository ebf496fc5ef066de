import { usd } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import type { HeldOption, Holdings } from './terms.ts';

/** All contracts of one option in an account. */
export interface Series {
  readonly contract: OptionContract;
  /** Never 0; negative when short. */
  readonly quantity: number;
  /**
   * Orders the options of an account by when they cease to exist, and is equal only for those that end together: an option settled in the morning is
   * gone before one of the same day's close.
   */
  readonly end: number;
  /** Micro-dollars per share. */
  readonly strike: number;
}

/** What is held of one underlying. */
export interface UnderlyingBook {
  readonly ticker: string;
  /** In the order of their symbols, none of quantity 0. */
  readonly series: readonly Series[];
  /** Negative when short. */
  readonly shares: number;
}

const EMPTY: readonly Series[] = [];

/** The book of one underlying, contracts of one option put together. */
export function bookOf(ticker: string, { options, stocks }: Holdings): UnderlyingBook {
  let shares = 0;
  for (const { symbol, quantity } of stocks) if (symbol === ticker) shares += quantity;
  return bookWith({ ticker, series: EMPTY, shares }, options);
}

/** `book` after `changes` to its options; those of other underlyings are left alone. */
export function bookWith({ ticker, series, shares }: UnderlyingBook, changes: readonly HeldOption[]): UnderlyingBook {
  const added = new Map<string, { contract: OptionContract; quantity: number }>();
  for (const { contract, quantity } of changes) {
    if (contract.underlying !== ticker) continue;
    const known = added.get(contract.symbol);
    if (known) known.quantity += quantity;
    else added.set(contract.symbol, { contract, quantity });
  }
  const sorted = [...added.values()].sort((a, b) => (a.contract.symbol < b.contract.symbol ? -1 : 1));
  const merged: Series[] = [];
  let next = 0;
  for (const one of series) {
    const { symbol } = one.contract;
    for (; (sorted[next]?.contract.symbol ?? symbol) < symbol; next++) append(merged, sorted[next]);
    const same = sorted[next];
    if (same?.contract.symbol !== symbol) merged.push(one);
    else {
      const quantity = one.quantity + same.quantity;
      if (quantity !== 0) merged.push({ ...one, quantity });
      next++;
    }
  }
  for (; next < sorted.length; next++) append(merged, sorted[next]);
  return { ticker, series: merged, shares };
}

function append(merged: Series[], one: HeldOption | undefined): void {
  if (one === undefined || one.quantity === 0) return;
  const { contract, quantity } = one;
  merged.push({ contract, quantity, end: endOf(contract), strike: usd(contract.strike) });
}

const ZERO = 48;

/** See `Series.end`: the digits of the day, doubled, and 1 for the close. */
export function endOf({ expiry, settles }: Pick<OptionContract, 'expiry' | 'settles'>): number {
  let day = 0;
  for (let index = 0; index < expiry.length; index++) {
    const digit = expiry.charCodeAt(index) - ZERO;
    if (digit >= 0 && digit <= 9) day = 10 * day + digit;
  }
  return 2 * day + (settles === 'am' ? 0 : 1);
}
