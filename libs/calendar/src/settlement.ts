import { type MarketDate } from '@trading-agent/core';
import { dayOf } from './civil.ts';
import { isBankHoliday } from './holidays.ts';
import { regulation } from './regulations.ts';
import { nextSession } from './sessions.ts';

/**
 * The day on which money and securities of a trade change hands: T+5, from 1995-06-05 T+4, from 1995-06-07 T+3, T+2 from 2017-09-05, T+1 from
 * 2024-05-28 for stock; T+1 for options. Counted in sessions on which banks are open. A trade date that is no session counts like
 * the session before it.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function settlementDate(tradeDate: MarketDate, instrument: 'stock' | 'option'): MarketDate {
  let left = regulation('settlement', tradeDate)[instrument];
  let date = tradeDate;
  while (left > 0) {
    date = nextSession(date);
    if (!isBankHoliday(dayOf(date))) left -= 1;
  }
  return date;
}
