import { micros } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { TradingEngine } from './engine.ts';
import { aBar, CALL, CLOSE, minute, OPEN, Scenario, submitIn, told } from './testing/scenario.ts';

describe('the engine', () => {
  it('refuses every event before its session, and is none the worse for it', () => {
    const { config, events } = new Scenario();
    const engine = new TradingEngine(config);
    expect(() => engine.step({ type: 'clock', at: minute(60) })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => engine.view()).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    for (const event of events) engine.step(event);
    expect(engine.view().at).toBe(OPEN);
  });

  it('refuses a second session', () => {
    const day = new Scenario();
    const [session] = day.events;
    expect(() => session && day.engine.step(session)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('refuses time that runs backwards or is none, and goes on from where it was', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    for (const at of [minute(0.5), micros(minute(1) - 1)]) {
      expect(() => day.engine.step({ type: 'clock', at })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
    expect(day.engine.view().at).toBe(minute(1));
    expect(submitIn(day.at(5)).intent).toBe('S1/open/1');
  });

  it('does nothing before the open and from the close on', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    day.at(6, { broker: [day.fill(submitIn(day.at(5)), 6, 2, [2.53])] });
    const low = { [CALL]: [1, 1.1] } as const;
    const end = (CLOSE - OPEN) / 60_000_000;
    expect(told(day.at(end, { quotes: low }))).toEqual([]);
    expect(told(day.at(end + 5, { quotes: low }))).toEqual([]);
    expect(day.held()).toBe(2);
  });
});

describe('a real feed', () => {
  it('tells a bar seconds after its end: it is decided on once, and not when it is a minute old', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1.05, { barEnd: 1 });
    expect(told(day.at(5, { spot: null }))).toEqual([]);
    expect(submitIn(day.at(5.04, { barEnd: 5 })).at).toBe(minute(5.04));
    expect(told(day.at(5.06, { spot: null }))).toEqual([]);
    expect(told(day.at(5.08, { barEnd: 5 }))).toEqual([]);

    const slow = new Scenario({ only: ['long-call'] });
    slow.at(1);
    expect(told(slow.at(6.01, { barEnd: 5 }))).toEqual([]);
  });

  it('repeats itself: an older bar does not turn the price back', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(4);
    day.at(4.5, { spot: null });
    day.step({ type: 'market', at: minute(5), quotes: [], bars: [aBar(minute(5), 100)] });
    // At 97 a call of another strike would have the delta that is looked for.
    day.step({ type: 'market', at: minute(5), quotes: [], bars: [aBar(minute(2), 97), aBar(minute(5), 97)] });
    expect(told(day.step({ type: 'clock', at: minute(5) }))).toEqual([`submit S1/open/1 2 @ 2.53: +${CALL} (view)`]);
    const other = new Scenario({ only: ['long-call'] });
    other.at(4, { spot: 97 });
    expect(told(other.at(5, { spot: 97 }))).not.toContain(`submit S1/open/1 2 @ 2.53: +${CALL} (view)`);
  });

  it('is not believed when it tells of the future or of no price', () => {
    const day = new Scenario();
    expect(told(day.at(1, { barEnd: 2 }))).toEqual(['note: unusable-bar']);
    expect(told(day.at(2, { spot: Number.NaN }))).toEqual(['note: unusable-bar']);
    expect(told(day.at(3, { spot: 0 }))).toEqual(['note: unusable-bar']);
    expect(day.at(4)).toMatchObject([{ type: 'subscribe' }]);
  });
});
