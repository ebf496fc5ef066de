import { marketDate } from '@trading-agent/core';
import { after, AN_INSTANT } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { exitReason, type ExitSettings, explainExit, type HeldStructure } from './exits.ts';

const SETTINGS: ExitSettings = {
  profitTarget: 0.5,
  stopLoss: 0.4,
  minDte: 1,
  maxMinutes: 60,
  shortDelta: 1,
  exDividend: true,
  expiryMinutes: 60,
  roll: 0,
  withShares: false,
};
const DATE = marketDate('2015-12-24');
const NEXT_MONTH = marketDate('2016-01-15');

function exit(over: Partial<HeldStructure>, minutes = 0, settings = SETTINGS): unknown {
  const held: HeldStructure = {
    entryNet: 2,
    openedAt: AN_INSTANT,
    expiry: NEXT_MONTH,
    lastDay: over.expiry ?? NEXT_MONTH,
    mid: 2,
    shortDelta: null,
    exerciseGain: null,
    ...over,
  };
  const reason = exitReason(held, settings, { date: DATE, at: after(minutes * 60), close: after(180 * 60) });
  return reason === null ? null : [reason.rule, reason.actual, reason.limit];
}

describe('what was bought', () => {
  it.each([
    ['is kept at its price', 2, null],
    ['is kept just below the target', 2.99, null],
    ['is sold at half as much again', 3, ['profit-target', 0.5, 0.5]],
    ['is kept just above the stop', 1.21, null],
    ['is sold at 40% less', 1.2, ['stop-loss', 0.4, 0.4]],
    ['is sold when it is worth nothing', 0, ['stop-loss', 1, 0.4]],
  ])('%s (mid %d)', (_what, mid, expected) => {
    expect(exit({ mid })).toEqual(expected);
  });
});

describe('what was sold', () => {
  const credit = { ...SETTINGS, stopLoss: 1.5 };

  it.each([
    ['is kept at its price', -1, null],
    ['is bought back at half of it', -0.5, ['profit-target', 0.5, 0.5]],
    ['is bought back for nothing', 0, ['profit-target', 1, 0.5]],
    ['is kept just above the stop', -2.49, null],
    ['is bought back when it costs 2.5 times as much', -2.5, ['stop-loss', 1.5, 1.5]],
  ])('%s (mid %d)', (_what, mid, expected) => {
    expect(exit({ entryNet: -1, mid }, 0, credit)).toEqual(expected);
  });
});

describe('time', () => {
  it('ends a structure that neither gained nor lost enough', () => {
    expect(exit({}, 59.9)).toBe(null);
    expect(exit({}, 60)).toEqual(['time-exit', 60, 60]);
  });

  it('ends even what can not be marked', () => {
    expect(exit({ mid: null })).toBe(null);
    expect(exit({ mid: Number.NaN })).toBe(null);
    expect(exit({ mid: null }, 60)).toEqual(['time-exit', 60, 60]);
    expect(exit({ mid: Number.NaN }, 60)).toEqual(['time-exit', 60, 60]);
    expect(exit({ entryNet: 0, mid: 1 }, 60)).toEqual(['time-exit', 60, 60]);
  });

  it('ends a structure on the day before its first leg expires', () => {
    expect(exit({ expiry: marketDate('2015-12-26') })).toBe(null);
    expect(exit({ expiry: marketDate('2015-12-25') })).toEqual(['expiry-exit', 1, 1]);
    expect(exit({ expiry: DATE, mid: null })).toEqual(['expiry-exit', 0, 1]);
  });
});

describe('what was sold', () => {
  it('is left when its delta reaches the limit, after the stop and before time', () => {
    const guarded = { ...SETTINGS, shortDelta: 0.6 };
    expect(exit({ shortDelta: 0.59 }, 0, guarded)).toBe(null);
    expect(exit({ shortDelta: 0.6 }, 90, guarded)).toEqual(['delta-breach', 0.6, 0.6]);
    expect(exit({ shortDelta: 0.6, mid: 1 }, 90, guarded)).toEqual(['stop-loss', 0.5, 0.4]);
    expect(exit({ shortDelta: 1 })).toBe(null);
  });

  it('is left before an ex-dividend date when exercising it pays', () => {
    expect(exit({ exerciseGain: 0.02, mid: 0 })).toEqual(['ex-dividend', 0.02, 0]);
    expect(exit({ exerciseGain: 0 })).toBe(null);
    expect(exit({ exerciseGain: 0.02 }, 0, { ...SETTINGS, exDividend: false })).toBe(null);
  });
});

describe('the last day', () => {
  it('is left an hour before its end by whoever holds on to it', () => {
    const late = { ...SETTINGS, minDte: 0, maxMinutes: 10_000 };
    expect(exit({ expiry: DATE }, 119, late)).toBe(null);
    expect(exit({ expiry: DATE }, 120, late)).toEqual(['expiry-day', 60, 60]);
    expect(exit({ expiry: marketDate('2015-12-25') }, 150, late)).toBe(null);
    // It expires on a day without a session, or at an opening: today is the last chance.
    expect(exit({ expiry: marketDate('2015-12-25'), lastDay: DATE }, 119, late)).toBe(null);
    expect(exit({ expiry: marketDate('2015-12-25'), lastDay: DATE }, 150, late)).toEqual(['expiry-day', 30, 60]);
  });
});

describe('in words', () => {
  it.each([
    'profit-target',
    'stop-loss',
    'time-exit',
    'expiry-exit',
    'expiry-day',
    'delta-breach',
    'ex-dividend',
  ] as const)('%s carries its number', (rule) => {
    expect(explainExit({ rule, actual: 0.375, limit: 0.25 })).toMatch(new RegExp(`^${rule}: .*(0\\.375|37\\.5%)`));
  });
});

describe('of several reasons', () => {
  it('expiry comes first, then the stop, then the target, then time', () => {
    const wild = { ...SETTINGS, profitTarget: 0.1, stopLoss: 0.1 };
    expect(exit({ expiry: DATE, mid: 0 }, 60, wild)).toEqual(['expiry-exit', 0, 1]);
    expect(exit({ mid: 1 }, 60, wild)).toEqual(['stop-loss', 0.5, 0.1]);
    expect(exit({ mid: 3 }, 60, wild)).toEqual(['profit-target', 0.5, 0.1]);
  });
});
