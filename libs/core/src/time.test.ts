import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTradingError } from './errors.ts';
import {
  addDays,
  daysBetween,
  formatRfc3339,
  marketDate,
  micros,
  microsFromMillis,
  microsFromNanosText,
  microsFromRfc3339,
  nanosText,
  weekday,
} from './time.ts';

// 0001 to 9999 fits RFC 3339; whole microseconds of it fit a double only until 2255.
const instant = fc.integer({ min: 0, max: 9_000_000_000_000_000 }).map((value) => micros(value));
const day = fc.integer({ min: 0, max: 30_000 }).map((days) => addDays(marketDate('1990-01-01'), days));

describe('instants', () => {
  // Seconds from `date -u -d ... +%s`.
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2015-12-24T14:31:00Z', 1_450_967_460_000_000],
    ['2015-12-24T09:31:00-05:00', 1_450_967_460_000_000],
    ['2015-12-24T09:31:00-0500', 1_450_967_460_000_000],
    ['2015-12-24 14:31:00Z', 1_450_967_460_000_000],
    ['2015-12-24T14:31:00.5Z', 1_450_967_460_500_000],
    ['2015-12-24T14:31:00.123456Z', 1_450_967_460_123_456],
    ['2015-12-24T14:31:00.123456999Z', 1_450_967_460_123_456],
    ['2016-02-29T23:59:59.999999Z', 1_456_790_399_999_999],
  ])('%s', (text, expected) => {
    expect(microsFromRfc3339(text)).toBe(expected);
  });

  it.each([
    '2015-02-30T10:00:00Z',
    '',
    '2015-12-24',
    '2015-12-24T14:31:00',
    '2015-13-24T14:31:00Z',
    '2015-12-24T25:00:00Z',
    '1450967460',
  ])('"%s" is refused', (text) => {
    expect(() => microsFromRfc3339(text)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('are written with six decimals and read back exactly', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const text = formatRfc3339(at);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(microsFromRfc3339(text)).toBe(at);
      }),
    );
  });

  it('nanoseconds never pass through a double: the last digits of the microsecond survive', () => {
    expect(microsFromNanosText('1450967460123456789')).toBe(1_450_967_460_123_456);
    expect(nanosText(micros(1_450_967_460_123_456))).toBe('1450967460123456000');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000_000_000_000_000 }), fc.integer({ min: 0, max: 999 }), (at, rest) => {
        expect(microsFromNanosText(`${at}${String(rest).padStart(3, '0')}`)).toBe(at);
      }),
    );
  });

  it.each(['', '123', '12.5', '-1450967460123456789', '1e18', '12345678901234567890'])(
    'nanoseconds "%s" are refused',
    (text) => {
      expect(() => microsFromNanosText(text)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    },
  );

  it('are whole microseconds', () => {
    expect(() => micros(0.5)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => micros(Number.NaN)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(microsFromMillis(1.0004)).toBe(1_000);
  });
});

describe('days', () => {
  it.each(['2015-12-24', '2016-02-29', '2000-02-29', '1990-01-01'])('%s exists', (text) => {
    expect(marketDate(text)).toBe(text);
  });

  it.each(['2015-02-29', '1900-02-29', '2015-02-30', '2015-13-01', '2015-00-10', '2015-1-1', '24.12.2015', ''])(
    '"%s" does not',
    (text) => {
      expect(() => marketDate(text)).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
    },
  );

  it.each([
    ['2015-12-24', 4],
    ['2014-06-05', 4],
    ['2000-01-01', 6],
    ['2024-02-29', 4],
    ['2026-01-04', 0],
  ])('%s is weekday %d', (text, expected) => {
    expect(weekday(marketDate(text))).toBe(expected);
  });

  it('exist as `Date` says, and are counted as it counts', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
    const year = fc.integer({ min: 0, max: 9_999 }).map((number) => String(number).padStart(4, '0'));
    const epoch = marketDate('1970-01-01');
    fc.assert(
      fc.property(year, part(14), part(33), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const time = Date.parse(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
        const counted = (): number | string => {
          try {
            return daysBetween(epoch, marketDate(text));
          } catch (error) {
            return isTradingError(error) ? error.code : 'another error';
          }
        };
        expect(counted()).toBe(exists ? time / 86_400_000 : 'INVALID_DATE');
      }),
      { numRuns: 2_000 },
    );
  });

  it('across a leap day and across the changes of the clock', () => {
    expect(daysBetween(marketDate('2016-02-28'), marketDate('2016-03-01'))).toBe(2);
    expect(daysBetween(marketDate('2015-03-07'), marketDate('2015-03-09'))).toBe(2);
    expect(daysBetween(marketDate('2015-11-02'), marketDate('2015-10-31'))).toBe(-2);
    expect(addDays(marketDate('2015-12-31'), 1)).toBe('2016-01-01');
  });

  it('adding and counting days are inverse, in order, and move the weekday with them', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -5_000, max: 5_000 }), (from, days) => {
        const to = addDays(from, days);
        expect(marketDate(to)).toBe(to);
        expect(daysBetween(from, to)).toBe(days);
        expect(from < to).toBe(days > 0);
        expect(weekday(to)).toBe((((weekday(from) + days) % 7) + 7) % 7);
      }),
    );
  });
});
