import type { MarketDate } from '@trading-agent/core';

/**
 * Midpoint of the target range for federal funds in percent, from the first day at whose opening it was known: the day it took effect, and until 2008,
 * when it took effect in the afternoon it was announced, the day after (not those announced before the opening, 2008-01-22 and 2008-10-08). Source:
 * Board of Governors of the Federal Reserve System, "Open Market Operations", archive of target rates. It stands in where no Treasury curve is known.
 */
const TARGET: readonly (readonly [from: string, percent: number])[] = [
  ['2007-09-19', 4.75],
  ['2007-11-01', 4.5],
  ['2007-12-12', 4.25],
  ['2008-01-22', 3.5],
  ['2008-01-31', 3],
  ['2008-03-19', 2.25],
  ['2008-05-01', 2],
  ['2008-10-08', 1.5],
  ['2008-10-30', 1],
  ['2008-12-17', 0.125],
  ['2015-12-17', 0.375],
  ['2016-12-15', 0.625],
  ['2017-03-16', 0.875],
  ['2017-06-15', 1.125],
  ['2017-12-14', 1.375],
  ['2018-03-22', 1.625],
  ['2018-06-14', 1.875],
  ['2018-09-27', 2.125],
  ['2018-12-20', 2.375],
  ['2019-08-01', 2.125],
  ['2019-09-19', 1.875],
  ['2019-10-31', 1.625],
  ['2020-03-04', 1.125],
  ['2020-03-16', 0.125],
  ['2022-03-17', 0.375],
  ['2022-05-05', 0.875],
  ['2022-06-16', 1.625],
  ['2022-07-28', 2.375],
  ['2022-09-22', 3.125],
  ['2022-11-03', 3.875],
  ['2022-12-15', 4.375],
  ['2023-02-02', 4.625],
  ['2023-03-23', 4.875],
  ['2023-05-04', 5.125],
  ['2023-07-27', 5.375],
  ['2024-09-19', 4.875],
  ['2024-11-08', 4.625],
  ['2024-12-19', 4.375],
  ['2025-09-18', 4.125],
  ['2025-10-30', 3.875],
  ['2025-12-11', 3.625],
];

/** The short rate on `date`, continuously compounded, decimal; `null` before the table, its last row after it. */
export function policyRate(date: MarketDate): number | null {
  const row = TARGET.findLast(([from]) => from <= date);
  return row === undefined ? null : Math.log1p(row[1] / 100);
}
