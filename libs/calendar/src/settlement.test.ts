import { addDays, marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSession, settlementDate } from './index.ts';

/** Trade date and settlement date of stock as published by NASD/FINRA; the number is that of the Notice to Members. */
const PUBLISHED = {
  '94-49 Independence Day, T+5': `1994-06-24 1994-07-01, 1994-06-27 1994-07-05, 1994-06-28 1994-07-06, 1994-06-29 1994-07-07,
    1994-06-30 1994-07-08, 1994-07-01 1994-07-11, 1994-07-05 1994-07-12`,
  '95-77 Columbus Day, open and no settlement, T+3': `1995-10-02 1995-10-05, 1995-10-03 1995-10-06, 1995-10-04 1995-10-10,
    1995-10-05 1995-10-11, 1995-10-06 1995-10-12, 1995-10-09 1995-10-12, 1995-10-10 1995-10-13`,
  '96-63 Columbus Day': `1996-10-09 1996-10-15, 1996-10-10 1996-10-16, 1996-10-11 1996-10-17, 1996-10-14 1996-10-17, 1996-10-15 1996-10-18`,
  '97-93 Good Friday and Martin Luther King Jr. Day': `1998-04-06 1998-04-09, 1998-04-07 1998-04-13, 1998-04-08 1998-04-14,
    1998-04-09 1998-04-15, 1998-04-13 1998-04-16, 1998-01-14 1998-01-20, 1998-01-15 1998-01-21, 1998-01-16 1998-01-22, 1998-01-20 1998-01-23`,
  '99-83 Columbus Day': `1999-10-05 1999-10-08, 1999-10-06 1999-10-12, 1999-10-07 1999-10-13, 1999-10-08 1999-10-14,
    1999-10-11 1999-10-14, 1999-10-12 1999-10-15`,
  '00-82 Christmas and New Year': `2000-12-19 2000-12-22, 2000-12-20 2000-12-26, 2000-12-21 2000-12-27, 2000-12-22 2000-12-28,
    2000-12-26 2000-12-29, 2000-12-27 2001-01-02, 2000-12-28 2001-01-03, 2000-12-29 2001-01-04, 2001-01-02 2001-01-05`,
};

describe('settlement of stock', () => {
  it.each(Object.entries(PUBLISHED))('NTM %s', (_, rows) => {
    for (const [trade = '', settles = ''] of rows.split(',').map((row) => row.trim().split(' '))) {
      expect(`${trade} ${settlementDate(marketDate(trade), 'stock')}`).toBe(`${trade} ${settles}`);
    }
  });

  it.each([
    // At each change of the cycle two trade dates settle on one day: NTM 95-26; DTCC conversion days of 2017 and 2024.
    ['1995-06-02', '1995-06-09'],
    ['1995-06-05', '1995-06-09'],
    ['1995-06-06', '1995-06-12'],
    ['1995-06-07', '1995-06-12'],
    ['2017-09-01', '2017-09-07'],
    ['2017-09-05', '2017-09-07'],
    ['2024-05-24', '2024-05-29'],
    ['2024-05-28', '2024-05-29'],
    ['2024-10-11', '2024-10-15'],
    ['2024-10-14', '2024-10-15'],
    ['2012-11-08', '2012-11-14'], // Veterans Day 2012 was a Sunday, kept on Monday the 12th
    ['1997-01-17', '1997-01-23'], // NTM 96-90: open on Martin Luther King Jr. Day, no settlement
  ])('a trade on %s settles on %s', (trade, settles) => {
    expect(settlementDate(marketDate(trade), 'stock')).toBe(settles);
  });
});

describe('settlement', () => {
  it('of options is the next session on which banks are open', () => {
    expect(settlementDate(marketDate('2015-12-24'), 'option')).toBe('2015-12-28');
    expect(settlementDate(marketDate('2014-06-05'), 'option')).toBe('2014-06-06');
    expect(settlementDate(marketDate('2024-11-08'), 'option')).toBe('2024-11-12');
  });

  it('is on a later session, and a later trade never settles earlier', () => {
    const date = fc.integer({ min: 0, max: 14_900 }).map((days) => addDays(marketDate('1990-01-02'), days));
    fc.assert(
      fc.property(
        date,
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('stock', 'option'),
        (trade, later, instrument) => {
          const settles = settlementDate(trade, instrument);
          expect(settles > trade && isSession(settles)).toBe(true);
          expect(settlementDate(addDays(trade, later), instrument) >= settles).toBe(true);
        },
      ),
    );
  });
});
