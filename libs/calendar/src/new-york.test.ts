import { MICROS_PER_DAY, MICROS_PER_SECOND, marketDate, micros, type Micros } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nyDate, nyInstant, nyTime } from './index.ts';

const intl = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const byIntl = (at: Micros): string => intl.format(Math.floor(at / 1_000)).replace(', ', ' ');
const byUs = (at: Micros): string => `${nyDate(at)} ${nyTime(at)}`;

const instant = fc
  .integer({ min: 1, max: 47_400 })
  .chain((day) => fc.integer({ min: 0, max: MICROS_PER_DAY - 1 }).map((rest) => micros(day * MICROS_PER_DAY + rest)));

describe('New York time', () => {
  it("is what the platform's time zone data says, 1970-2099", () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(byUs(at)).toBe(byIntl(at));
      }),
      { numRuns: 2_000 },
    );
  });

  it('changes offset in the same hour as the platform does, every day of 1970-2040', () => {
    const wrong: string[] = [];
    for (let at = Date.UTC(1970, 0, 2) * 1_000; at < Date.UTC(2041, 0, 1) * 1_000; at += MICROS_PER_DAY) {
      // 05:59:59 and 07:00:00 UTC bracket both changes: 02:00 EST is 07:00, 02:00 EDT is 06:00.
      for (const seconds of [6 * 3_600 - 1, 6 * 3_600, 7 * 3_600 - 1, 7 * 3_600]) {
        const probe = micros(at + seconds * MICROS_PER_SECOND);
        if (nyTime(probe) !== byIntl(probe).slice(11)) wrong.push(byIntl(probe));
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['1990-04-01', '03:00', '1990-04-01T07:00:00Z'],
    ['2006-04-02', '03:00', '2006-04-02T07:00:00Z'],
    ['2006-10-29', '09:30', '2006-10-29T14:30:00Z'],
    ['2007-03-12', '09:30', '2007-03-12T13:30:00Z'],
    ['2007-11-02', '16:00', '2007-11-02T20:00:00Z'],
    ['2007-11-05', '16:00:30', '2007-11-05T21:00:30Z'],
    ['2024-03-10', '02:30', '2024-03-10T07:30:00Z'],
    ['2024-11-03', '01:30', '2024-11-03T05:30:00Z'],
    ['2024-11-03', '02:00', '2024-11-03T07:00:00Z'],
  ])('%s %s in New York is %s', (date, time, utc) => {
    expect(nyInstant(marketDate(date), time)).toBe(Date.parse(utc) * 1_000);
  });

  it('comes back from an instant to the same instant, but for the hour that is repeated', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const whole = micros(Math.floor(at / MICROS_PER_SECOND) * MICROS_PER_SECOND);
        const back = nyInstant(nyDate(whole), nyTime(whole));
        expect([whole, whole - 3_600 * MICROS_PER_SECOND]).toContain(back);
        expect(byUs(back)).toBe(byUs(whole));
      }),
    );
  });

  it.each(['9:30', '24:00', '12:60', '12:00:60', '12', '', '12:00 '])('refuses the time %j', (time) => {
    expect(() => nyInstant(marketDate('2024-01-02'), time)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('refuses years without a rule', () => {
    expect(() => nyDate(micros(-MICROS_PER_DAY))).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => nyInstant(marketDate('2100-01-01'), '09:30')).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
