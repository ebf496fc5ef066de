import { addDays, type MarketDate } from '@trading-agent/core';
import { previousSession } from '@trading-agent/calendar';
import type { Liquidity } from '@trading-agent/engine';
import type { OptionSnapshot, ReferenceData } from '@trading-agent/market-data';
import { NEAR_THE_MONEY } from '@trading-agent/strategies';

/** Expiries that are looked at, in days from the session: few enough for some pages of a vendor's answer, one of a week at least. */
const FROM_DAYS = 7;
const TO_DAYS = 21;

/**
 * How liquid an underlying's options near the money are, as it was known when the session began: contracts open at the end of the day before, and
 * traded in that session. What nobody tells is `null`.
 * @param price last price of the underlying, dollars per share
 * @throws {TradingError} what the vendor's adapter throws
 */
export async function chainLiquidity(
  reference: Pick<ReferenceData, 'chain'>,
  underlying: string,
  date: MarketDate,
  price: number,
): Promise<Liquidity> {
  const rows = await reference.chain({
    underlying,
    expiryFrom: addDays(date, FROM_DAYS),
    expiryTo: addDays(date, TO_DAYS),
    strikeFrom: price * (1 - NEAR_THE_MONEY),
    strikeTo: price * (1 + NEAR_THE_MONEY),
  });
  const last = previousSession(date);
  return {
    openInterest: total(rows, ({ openInterest }) => openInterest),
    // A contract that did not trade in the last session shows the figures of an earlier one, one that has traded since no longer those of it.
    volume: total(rows, ({ day, dayDate }) =>
      day === null || dayDate === null || dayDate > last ? null : dayDate === last ? day.volume : 0,
    ),
  };
}

function total(rows: readonly OptionSnapshot[], of: (row: OptionSnapshot) => number | null): number | null {
  const known = rows.flatMap((row) => of(row) ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
