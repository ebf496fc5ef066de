import { type MarketDate, marketDate } from '@trading-agent/core';

/** A rate that holds from `from` until the next row of its table. */
export interface DatedRate {
  readonly from: MarketDate;
  /** In the unit of its table. */
  readonly rate: number;
  /** Where the figure was read; rows that could not be read anywhere start with `assumption:`. */
  readonly source: string;
}

const since = (from: string, rate: number, source: string): DatedRate => ({ from: marketDate(from), rate, source });

/** SEC Section 31 fee: dollars per million dollars of sale proceeds. Sales of options on indexes are exempt (17 CFR 240.31(a)(11)). */
export const SECTION_31: readonly DatedRate[] = [
  since('1990-01-01', 22.1, 'assumption: the rate of 2014'),
  since('2014-03-18', 22.1, 'FINRA Information Notice 3/3/14'),
];

/** FINRA Trading Activity Fee: dollars per contract sold. */
export const TRADING_ACTIVITY_FEE: readonly DatedRate[] = [since('1990-01-01', 0.002, 'assumption: the rate of 2012')];

/** OCC clearing fee: dollars per contract and side. */
export const CLEARING_FEE: readonly DatedRate[] = [since('1990-01-01', 0.05, 'assumption: the rate of 2014')];

/** Options Regulatory Fee, the sum over all exchanges: dollars per contract and side. */
export const OPTIONS_REGULATORY_FEE: readonly DatedRate[] = [
  since('1990-01-01', 0.0378, 'assumption: the rate of 2017'),
];

/** The row of `table` (ascending by `from`) that holds on `date`; the first row before the table begins. */
export function rateOn(table: readonly DatedRate[], date: MarketDate): number {
  let rate = table[0]?.rate ?? 0;
  for (const row of table) {
    if (row.from > date) break;
    rate = row.rate;
  }
  return rate;
}
