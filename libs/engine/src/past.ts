import type { PastTrade, SessionRecord } from './session-record.ts';

/** FINRA Rule 4210(f)(8)(B) counts day trades over five business days; today's is one of them. */
export const TRADE_SESSIONS = 4;
/** Days of implied volatility that a rank is taken in: a trading year. */
export const VOLATILITY_DAYS = 252;

/** Trades closed in earlier sessions, oldest first. */
export function tradesOf(records: readonly SessionRecord[]): readonly PastTrade[] {
  return records.flatMap(({ closedTrades }) => closedTrades);
}

/**
 * Implied volatilities at the money that earlier days ended with, by ticker, oldest first.
 * @param days one record for each day before, oldest first
 */
export function volatilityHistory(
  days: readonly SessionRecord[],
  underlyings: readonly string[],
): Readonly<Record<string, readonly number[]>> {
  const found: Record<string, number[]> = {};
  for (const { volatility } of days.slice(-VOLATILITY_DAYS)) {
    for (const symbol of underlyings) {
      const value = volatility[symbol];
      if (value !== undefined) (found[symbol] ??= []).push(value);
    }
  }
  return found;
}
