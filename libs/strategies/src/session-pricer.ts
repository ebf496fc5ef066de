import type { MarketDate } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import {
  type CashDividend,
  type ParityPair,
  Rates,
  type TreasuryCurve,
  UnderlyingPricer,
} from '@trading-agent/pricing';

/** A quarter of an hour: an option in its last minutes has no volatility worth speaking of. */
const LEAST_YEARS = 15 / (365 * 24 * 60);

/** What is known of money and dividends when a session begins. */
export interface KnownCarry {
  /** The newest curve published before the session. */
  readonly treasury?: TreasuryCurve | null;
  /** Declared by then; `null` or left out when nobody told. */
  readonly dividends?: readonly CashDividend[] | null;
}

/** What prices the options of one underlying in a session: strategies, exits and risk share one, so that they agree. */
export function sessionPricer(date: MarketDate, { treasury, dividends }: KnownCarry = {}): UnderlyingPricer {
  return new UnderlyingPricer({
    rates: Rates.asOf(date, treasury),
    dividends: dividends ?? null,
    leastYears: LEAST_YEARS,
  });
}

/** A contract with a two-sided quote. */
export interface QuotedSides {
  readonly contract: OptionContract;
  readonly bid: number;
  readonly ask: number;
  readonly mid: number;
}

/** Calls and puts of one strike, where both are quoted: what the forward is read from. */
export function parityPairs(quoted: readonly QuotedSides[]): ParityPair[] {
  const pairs: ParityPair[] = [];
  const calls = new Map<number, QuotedSides>();
  for (const one of quoted) if (one.contract.right === 'call') calls.set(one.contract.strike, one);
  for (const put of quoted) {
    const call = put.contract.right === 'put' ? calls.get(put.contract.strike) : undefined;
    if (call === undefined) continue;
    const { strike } = put.contract;
    pairs.push({ strike, callBid: call.bid, callAsk: call.ask, putBid: put.bid, putAsk: put.ask });
  }
  return pairs;
}
