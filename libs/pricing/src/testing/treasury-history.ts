import { type MarketDate, marketDate } from '@trading-agent/core';
import { RateCurve } from '../term/rate-curve.ts';

/** The curve that was known on `date` from the text of the shared file of par yields: the newest row before it. */
export function curveAsOf(csv: string, date: MarketDate): RateCurve {
  const [header = '', ...lines] = csv.split(/\r?\n/);
  const tenors = header.split(',').map((name) => {
    const match = /^BC_(\d+)(MONTH|YEAR)$/.exec(name.trim());
    return match ? Number(match[1]) / (match[2] === 'MONTH' ? 12 : 1) : 0;
  });
  const rows = lines.filter((line) => /^\d{4}-\d\d-\d\d,/.test(line)).sort();
  const row = rows.findLast((line) => marketDate(line.slice(0, 10)) < date)?.split(',') ?? [];
  return RateCurve.fromParYields(
    tenors.flatMap((years, k) => {
      const percent = Number(row[k] || '0');
      return years > 0 && percent !== 0 ? [{ years, yield: percent / 100 }] : [];
    }),
  );
}
