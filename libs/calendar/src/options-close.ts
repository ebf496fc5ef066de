import { MICROS_PER_MINUTE, micros, type MarketDate, type Micros } from '@trading-agent/core';
import { requireSession } from './sessions.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Underlyings and index option roots whose options trade 15 minutes longer than the stock market (16:15 on a full day, 13:15 on a half
 * day: NYSE holiday page, "1:15 p.m. for eligible options"). Broad-based index options by Cboe Rule 5.1; of the funds those that two
 * brokers' published lists have in common (Firstrade, IG), because a late close assumed wrongly costs more than one missed.
 */
const LATE_INDEXES = words('DJX MRUT NDX NDXP OEX RUT RUTW SPX SPXW VIX VIXW XEO XSP');
const LATE_FUNDS = words(`
  DBA DBB DBC DBO DIA EEM EFA GAZ IWM IWN IWO IWV JJC KBE KRE MDY MOO OEF OIL QQQ SLX SPY SVXY UNG UUP UVIX UVXY VIXM VIXY VXX VXZ
  XHB XLB XLE XLF XLI XLK XLP XLU XLV XLY XME XRT`);
const LATE: ReadonlySet<string> = new Set([...LATE_INDEXES, ...LATE_FUNDS]);

/** PM-settled index options, which stop with the stock market on the day they expire. */
const PM_SETTLED_INDEXES: ReadonlySet<string> = new Set(words('MRUT NDXP OEX RUTW SPXW XEO XSP'));

/** True when options on `underlying` (or of this index option root) trade 15 minutes longer than the stock market. */
export function closesLate(underlying: string): boolean {
  return LATE.has(underlying);
}

/**
 * The first instant at which options on `underlying` no longer trade on `date`. Give the `expiry` of the contract where it is known:
 * PM-settled index options close with the stock market on their last day.
 * @throws {TradingError} `NOT_A_SESSION` when the exchange is closed on `date`, `OUT_OF_RANGE` outside 1990-2030.
 */
export function optionsClose(date: MarketDate, underlying: string, expiry?: MarketDate): Micros {
  const { close } = requireSession(date);
  if (!LATE.has(underlying) || (expiry === date && PM_SETTLED_INDEXES.has(underlying))) return close;
  return micros(close + 15 * MICROS_PER_MINUTE);
}
