import { MICROS_PER_MINUTE, micros } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { CALL_740, bar, tinyDay } from '../testing/tiny-market.ts';
import { DayIndex } from './day-index.ts';

describe('a day index', () => {
  it('knows at each step what came with it and before, nothing else', () => {
    const day = tinyDay();
    const index = new DayIndex(day);
    for (let step = -1; step < day.steps.length; step += 1) {
      const happened = day.steps.slice(0, step + 1).flatMap(({ bars }) => bars);
      expect(index.barsOfDay('GOOG', step)).toEqual(happened.filter(({ symbol }) => symbol === 'GOOG'));
      expect(index.lastBar('GOOG', step)?.bar).toEqual(happened.findLast(({ symbol }) => symbol === 'GOOG'));
      expect(index.lastBar('GOOG', step)?.dayVolume ?? 0).toBe(100 * (step + 1));
    }
    expect([0, 1, 5].map((step) => index.lastTrade(CALL_740, step)?.price)).toEqual([undefined, 12.2, 12.2]);
  });

  it('does not know before the first step what comes with it, even when that is before the opening', () => {
    const early = bar('GOOG', -30, 700);
    const day = tinyDay();
    const step = { at: early.end, quotes: [], bars: [early], trades: [] };
    const index = new DayIndex({ ...day, steps: [step, ...day.steps] });
    expect(index.barsOfDay('GOOG', -1)).toEqual([]);
    expect(index.barsOfDay('GOOG', 0)).toEqual([early]);
    expect(early.end - early.start).toBe(micros(MICROS_PER_MINUTE));
  });

  it('numbers quotes and trades through the day', () => {
    const index = new DayIndex(tinyDay());
    expect([0, 1, 2, 3].map((step) => index.sequenceBase(step))).toEqual([1, 5, 10, 14]);
  });
});
