import { isTradingError, marketDate } from '@trading-agent/core';
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
 * Par yield curves of a CSV file with a `date` and the Treasury's columns, percent; blank and 0.0 are maturities that were not quoted. Oldest
 * first; days without any yield and rows that can't be read are left out.
 * @throws {TradingError} `DATA_FILE_BROKEN`.
 */
export async function readTreasuryYields(file: string): Promise<readonly TreasuryYields[]> {
  const curves: TreasuryYields[] = [];
  const columns = { required: ['date'], optional: YIELD_COLUMNS.map(([name]) => name) };
  await readCsv(file, columns, new Quarantine(), ([day = '', ...cells]) => {
    const yields: Partial<Record<TreasuryTenor, number>> = {};
    for (const [index, [, tenor]] of YIELD_COLUMNS.entries()) {
      const cell = cells[index] ?? '';
      const percent = Number(cell);
      if (cell !== '' && !Number.isFinite(percent)) return `not a yield: "${cell.slice(0, 40)}"`;
      if (percent !== 0) yields[tenor] = percent / 100;
    }
    try {
      if (Object.keys(yields).length > 0) curves.push({ date: marketDate(day), yields });
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return error.message;
    }
    return undefined;
  });
  return curves.sort((a, b) => (a.date < b.date ? -1 : 1));
}
