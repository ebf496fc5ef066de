import { isTradingError, type MarketDate, marketDate } from '@trading-agent/core';
import { readCsv } from '../csv-rows.ts';
import { Quarantine } from '../quarantine.ts';
import type { TreasuryTenor, TreasuryYields } from '../reference/corporate-actions.ts';

/** Names of the US Treasury's own daily par yield files ("Daily Treasury Par Yield Curve Rates"). */
export const YIELD_COLUMNS: readonly (readonly [string, TreasuryTenor])[] = [
  ['BC_1MONTH', '1m'],
  ['BC_2MONTH', '2m'],
  ['BC_3MONTH', '3m'],
  ['BC_6MONTH', '6m'],
  ['BC_1YEAR', '1y'],
  ['BC_2YEAR', '2y'],
  ['BC_3YEAR', '3y'],
  ['BC_5YEAR', '5y'],
  ['BC_7YEAR', '7y'],
  ['BC_10YEAR', '10y'],
  ['BC_20YEAR', '20y'],
  ['BC_30YEAR', '30y'],
];

/**
 * When a maturity was not published, first day to the day before it (again) was: files show a zero there. Source: Department of the Treasury,
 * "Daily Treasury Par Yield Curve Rates", notes on the 20-year rate (discontinued until 1993-10-01), the one-month rate (from 2001-07-31), the
 * 30-year rate (none from 2002-02-18 to 2006-02-09) and the two-month rate (from 2018-10-16). Any other zero is a yield: bills stood at 0.00% on
 * 91 days of 2008 to 2020.
 */
const UNPUBLISHED: Readonly<Partial<Record<TreasuryTenor, readonly [from: string, until: string]>>> = {
  '1m': ['', '2001-07-31'],
  '2m': ['', '2018-10-16'],
  '20y': ['', '1993-10-01'],
  '30y': ['2002-02-18', '2006-02-09'],
};

/**
 * Par yield curves of a CSV file with a `date` and the Treasury's columns, percent. Blank is a maturity that was not quoted, and so is a zero on a
 * day when it was not published. Oldest first; days on which every yield is zero or blank and rows that can't be read are left out.
 * @throws {TradingError} `DATA_FILE_BROKEN`.
 */
export async function readTreasuryYields(file: string): Promise<readonly TreasuryYields[]> {
  const curves: TreasuryYields[] = [];
  const columns = { required: ['date'], optional: YIELD_COLUMNS.map(([name]) => name) };
  await readCsv(file, columns, new Quarantine(), ([day = '', ...cells]) => {
    try {
      const yields = yieldsOf(marketDate(day), cells);
      if (typeof yields === 'string') return yields;
      if (Object.values(yields).some((one) => one !== 0)) curves.push({ date: marketDate(day), yields });
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return error.message;
    }
    return undefined;
  });
  return curves.sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** The yields of a row, or what is wrong with it. */
function yieldsOf(date: MarketDate, cells: readonly string[]): TreasuryYields['yields'] | string {
  const yields: Partial<Record<TreasuryTenor, number>> = {};
  for (const [index, [, tenor]] of YIELD_COLUMNS.entries()) {
    const cell = (cells[index] ?? '').trim();
    if (cell === '') continue;
    const percent = Number(cell);
    if (!Number.isFinite(percent)) return `not a yield: "${cell.slice(0, 40)}"`;
    const [from, until] = UNPUBLISHED[tenor] ?? ['', ''];
    if (percent !== 0 || date < from || date >= until) yields[tenor] = percent / 100;
  }
  return yields;
}
