import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addDays, daysBetween, marketDate, weekday } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiryKind, isSession, lastTradingDay, monthlyExpiry, nextSession, previousSession } from './index.ts';

const flatFiles = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/flatfiles/us_options_opra');

describe.skipIf(!existsSync(flatFiles))(`expiries listed in ${flatFiles}`, () => {
  it('are all expiries, on the day and of the kind the calendar says', () => {
    const kinds: Record<string, string[]> = {};
    const seen = new Set<string>();
    for (const file of globSync(join(flatFiles, 'day_aggs_v1/{2014,2021,2023}/**/*.csv.gz')).concat(
      globSync(join(flatFiles, 'quotes_v1_1min_samples/{2014,2021,2023}/**/*.csv.gz')),
      globSync(join(flatFiles, 'day_aggs_v1/2015/12/2015-12-2*.csv.gz')),
    )) {
      for (const [, root, compact] of gunzipSync(readFileSync(file))
        .toString('latin1')
        .matchAll(/^O:([A-Z]+)(\d{6})[CP]/gm)) {
        if (root === undefined || compact === undefined || seen.has(compact)) continue;
        seen.add(compact);
        const expiry = marketDate(`20${compact.slice(0, 2)}-${compact.slice(2, 4)}-${compact.slice(4)}`);
        (kinds[expiryKind(expiry)] ??= []).push(expiry);
      }
    }
    for (const dates of Object.values(kinds)) dates.sort();
    expect(kinds).toMatchInlineSnapshot(`
      {
        "daily": [
          "2021-01-06",
          "2021-01-11",
          "2021-01-13",
          "2023-07-03",
        ],
        "monthly": [
          "2014-06-21",
          "2014-07-19",
          "2014-08-16",
          "2014-10-18",
          "2015-01-17",
          "2015-04-17",
          "2016-01-15",
          "2016-02-19",
          "2016-03-18",
          "2016-06-17",
          "2017-01-20",
          "2018-01-19",
          "2021-01-15",
        ],
        "weekly": [
          "2014-06-06",
          "2014-06-13",
          "2014-06-27",
          "2014-07-03",
          "2014-07-11",
          "2014-07-25",
          "2015-12-24",
          "2015-12-31",
          "2016-01-08",
          "2016-01-22",
          "2016-01-29",
          "2016-02-05",
          "2021-01-08",
          "2023-06-30",
        ],
      }
    `);
  });
});

describe('expiries', () => {
  it.each([
    // Cboe expiration calendars; Good Friday was the third Friday of 2008-03, 2014-04, 2019-04, 2022-04, 2025-04.
    [2008, 3, '2008-03-22', '2008-03-20', '2008-03-19'],
    [2014, 4, '2014-04-19', '2014-04-17', '2014-04-16'],
    [2014, 6, '2014-06-21', '2014-06-20', '2014-06-19'],
    [2015, 1, '2015-01-17', '2015-01-16', '2015-01-15'],
    [2015, 2, '2015-02-20', '2015-02-20', '2015-02-19'],
    [2019, 4, '2019-04-18', '2019-04-18', '2019-04-17'],
    [2022, 4, '2022-04-14', '2022-04-14', '2022-04-13'],
    [2025, 4, '2025-04-17', '2025-04-17', '2025-04-16'],
    [2026, 6, '2026-06-18', '2026-06-18', '2026-06-17'],
  ])('standard options of %i-%i expire on %s and trade until %s (pm) or %s (am)', (year, month, expiry, pm, am) => {
    const date = monthlyExpiry(year, month);
    expect(date).toBe(expiry);
    expect(expiryKind(date)).toBe('monthly');
    expect(lastTradingDay(date, 'pm')).toBe(pm);
    expect(lastTradingDay(date, 'am')).toBe(am);
  });

  it.each([
    ['2014-07-03', 'weekly'], // 4 July was the Friday
    ['2015-12-24', 'weekly'], // Christmas
    ['2015-12-31', 'weekly'], // New Year
    ['2014-06-20', 'weekly'], // the day before a Saturday expiry
    ['2016-01-16', 'monthly'], // a Saturday series listed before the change
    ['2019-12-31', 'quarterly'],
    ['2023-06-30', 'weekly'],
    ['2023-07-03', 'daily'],
    ['2024-01-02', 'daily'],
  ])('%s is %s', (date, kind) => {
    expect(expiryKind(marketDate(date))).toBe(kind);
  });

  it.each(['2014-06-28', '2014-07-04', '2015-12-25', '2024-06-02'])('nothing expires on %s', (date) => {
    expect(() => expiryKind(marketDate(date))).toThrow(expect.objectContaining({ code: 'NOT_A_SESSION' }));
  });

  it('are monthly once a month, and the last trading day is the last session up to them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1990, max: 2030 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
        const expiry = monthlyExpiry(year, month);
        const last = lastTradingDay(expiry, 'pm');
        expect(expiry.startsWith(`${year}-${String(month).padStart(2, '0')}`)).toBe(true);
        expect(weekday(expiry)).toBe(expiry < '2015-02-01' ? 6 : isSession(addDays(expiry, 1)) ? 0 : weekday(last));
        expect(last <= expiry && daysBetween(last, expiry) <= 2).toBe(true);
        expect(nextSession(last) > expiry).toBe(true);
        expect(lastTradingDay(expiry, 'am')).toBe(previousSession(last));
      }),
    );
  });

  it.each([
    [1989, 12],
    [2031, 1],
  ])('refuse %i-%i', (year, month) => {
    expect(() => monthlyExpiry(year, month)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
