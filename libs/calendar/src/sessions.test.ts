import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addDays, formatRfc3339, type MarketDate, marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSession, nextSession, previousSession, session, sessionsBetween } from './index.ts';
import { nyTime } from './new-york.ts';

const shared = process.env['TRADING_AGENT_SHARED'] ?? '../shared';
const reference = join(shared, 'data/reference/calendars/nyse_sessions_1990_2017.csv.gz');

describe.skipIf(!existsSync(reference))(`sessions against ${reference}`, () => {
  it('have the same dates, opens, closes and half days, 1990-2017', () => {
    const [header, ...rows] = gunzipSync(readFileSync(reference)).toString('utf8').trim().split('\n');
    expect(header).toBe('date,open_utc,close_utc,early_close');
    const utc = (at: number | undefined): string =>
      at === undefined ? '' : `${new Date(at / 1_000).toISOString().slice(0, 19)}Z`;
    const ours = sessionsBetween(marketDate('1990-01-01'), marketDate('2017-12-31')).map((date) => {
      const found = session(date);
      return `${date},${utc(found?.open)},${utc(found?.close)},${found?.half ? 1 : 0}`;
    });
    expect(rows.length).toBe(7056);
    expect(ours).toEqual(rows);
  });
});

const index = join(shared, 'data/ml_prices/skfolio_sp500_index.csv.gz');

describe.skipIf(!existsSync(index))(`sessions against the days of ${index}`, () => {
  it('are the same, 1990 to 2022', () => {
    const rows = gunzipSync(readFileSync(index)).toString('utf8').trim().split('\n').slice(1);
    const days = rows.map((row) => row.slice(0, 10));
    expect(sessionsBetween(marketDate('1990-01-01'), marketDate(days.at(-1) ?? ''))).toEqual(days);
  });
});

/** NYSE, "Holidays & trading hours" pages and press releases of 2018-2028: weekday closures, and half days in the second list. */
const PUBLISHED: Readonly<Record<number, { readonly closed: string; readonly half: string }>> = {
  2018: { closed: '01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25', half: '07-03 11-23 12-24' },
  2019: { closed: '01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25', half: '07-03 11-29 12-24' },
  2020: { closed: '01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25', half: '11-27 12-24' },
  2021: { closed: '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24', half: '11-26' },
  2022: { closed: '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26', half: '11-25' },
  2023: { closed: '01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25', half: '07-03 11-24' },
  2024: { closed: '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25', half: '07-03 11-29 12-24' },
  2025: { closed: '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25', half: '07-03 11-28 12-24' },
  2026: { closed: '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25', half: '11-27 12-24' },
  2027: { closed: '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24', half: '11-26' },
  2028: { closed: '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25', half: '07-03 11-24' },
};

describe('sessions against the published holidays', () => {
  it.each(Object.entries(PUBLISHED))('%s', (year, { closed, half }) => {
    const open = sessionsBetween(marketDate(`${year}-01-01`), marketDate(`${year}-12-31`));
    const known = new Set(open);
    const shut: string[] = [];
    for (let date = marketDate(`${year}-01-01`); date <= `${year}-12-31`; date = addDays(date, 1)) {
      const day = new Date(`${date}T00:00:00Z`).getUTCDay();
      if (day !== 0 && day !== 6 && !known.has(date)) shut.push(date.slice(5));
    }
    expect(shut.join(' ')).toBe(closed);
    const early = open.filter((date) => session(date)?.half).map((date) => date.slice(5));
    expect(early.join(' ')).toBe(half);
  });

  it('are as many per year as the published ones leave, 2024-2030', () => {
    const counts = [2024, 2025, 2026, 2027, 2028, 2029, 2030].map(
      (year) => sessionsBetween(marketDate(`${year}-01-01`), marketDate(`${year}-12-31`)).length,
    );
    expect(counts).toEqual([252, 250, 251, 251, 251, 251, 251]);
  });
});

const anyDate = fc.integer({ min: 31, max: 14_900 }).map((days) => addDays(marketDate('1990-01-01'), days));

describe('sessions', () => {
  it('show New York hours', () => {
    const half = session(marketDate('2015-12-24'));
    const full = session(marketDate('2014-06-05'));
    expect(half && [nyTime(half.open), nyTime(half.close), half.half]).toEqual(['09:30:00', '13:00:00', true]);
    expect(full && [formatRfc3339(full.open), formatRfc3339(full.close), full.half]).toEqual([
      '2014-06-05T13:30:00.000000Z',
      '2014-06-05T20:00:00.000000Z',
      false,
    ]);
    expect(session(marketDate('2015-12-25'))).toBeUndefined();
  });

  it('step over special closures', () => {
    expect(nextSession(marketDate('2001-09-10'))).toBe('2001-09-17');
    expect(previousSession(marketDate('2012-10-31'))).toBe('2012-10-26');
    expect(isSession(marketDate('2025-01-09'))).toBe(false);
  });

  it('next and previous are inverse, strictly monotone, and skip only closed days', () => {
    fc.assert(
      fc.property(anyDate, (date) => {
        const next = nextSession(date);
        const previous = previousSession(date);
        expect(previous < date && date < next).toBe(true);
        expect(isSession(next) && isSession(previous)).toBe(true);
        const between = isSession(date) ? [previous, date, next] : [previous, next];
        expect(sessionsBetween(previous, next)).toEqual(between);
        expect(previousSession(next)).toBe(isSession(date) ? date : previous);
        expect(nextSession(previous)).toBe(isSession(date) ? date : next);
      }),
    );
  });

  it('between two dates are exactly the days that are sessions', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -3, max: 40 }), (from, length) => {
        const expected: MarketDate[] = [];
        for (let step = 0; step <= length; step += 1) {
          const date = addDays(from, step);
          if (date <= '2030-12-31' && isSession(date)) expected.push(date);
        }
        const to = addDays(from, length);
        expect(sessionsBetween(from, to > '2030-12-31' ? marketDate('2030-12-31') : to)).toEqual(expected);
      }),
    );
  });

  it.each(['1989-12-29', '2031-01-02'])('refuse %s, which no table covers', (text) => {
    const date = marketDate(text);
    for (const ask of [session, isSession, nextSession, previousSession]) {
      expect(() => ask(date)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
    expect(() => nextSession(marketDate('2030-12-31'))).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => previousSession(marketDate('1990-01-02'))).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
