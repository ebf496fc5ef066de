import { formatRfc3339, marketDate, microsFromRfc3339 } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { completedDay, dueDay, trainingTime, upcomingDay } from './schedule.ts';

const at = microsFromRfc3339;

describe('the training schedule', () => {
  // 16:30 is 20:30 UTC in summer, 21:30 UTC in winter; clocks went back on 2026-11-01. 2026-11-27 is a half day.
  it.each([
    ['2026-10-30', '2026-10-30T20:30:00.000000Z'],
    ['2026-11-02', '2026-11-02T21:30:00.000000Z'],
    ['2026-11-27', '2026-11-27T21:30:00.000000Z'],
  ])('%s is due at %s', (date, expected) => {
    expect(formatRfc3339(trainingTime(marketDate(date)))).toBe(expected);
  });

  it.each([
    ['before the time', '2026-11-20T21:29:59.999999Z', '2026-11-19', '2026-11-20', '2026-11-20'],
    ['at the time', '2026-11-20T21:30:00Z', '2026-11-20', '2026-11-23', '2026-11-20'],
    ['on a Saturday', '2026-11-21T17:00:00Z', '2026-11-20', '2026-11-23', '2026-11-20'],
    ['on Thanksgiving', '2026-11-26T22:00:00Z', '2026-11-25', '2026-11-27', '2026-11-25'],
    ['on the half day after it, at its close', '2026-11-27T18:00:00Z', '2026-11-25', '2026-11-27', '2026-11-27'],
    ['while the market is open', '2026-11-23T15:00:00Z', '2026-11-20', '2026-11-23', '2026-11-20'],
    ['past midnight in London, not in New York', '2026-11-24T01:00:00Z', '2026-11-23', '2026-11-24', '2026-11-23'],
  ])('%s', (_when, now, due, upcoming, completed) => {
    expect([dueDay(at(now)), upcomingDay(at(now)), completedDay(at(now))]).toEqual([due, upcoming, completed]);
  });
});
