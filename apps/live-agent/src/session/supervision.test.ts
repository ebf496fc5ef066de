import { AN_INSTANT } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { Supervision } from './supervision.ts';
import type { Wanted } from './switch-watch.ts';

const free = { halted: null, contradicted: false };

/** What is told, and how the engine stands after it. */
function told(supervision: Supervision, standing: { halted: string | null; contradicted: boolean }) {
  const events = supervision.take(AN_INSTANT, standing);
  const last = events.at(-1);
  const halted = last === undefined ? standing.halted : last.command === 'halt' ? last.reason : null;
  return { commands: events.map(({ command, reason }) => `${command}: ${reason}`), halted };
}

describe('supervision', () => {
  it('has nothing to say when nothing is wrong', () => {
    expect(new Supervision().take(AN_INSTANT, free)).toEqual([]);
  });

  it('tells each doubt once; nothing but a human lifts it', () => {
    const supervision = new Supervision();
    supervision.doubt('a fill was busted');
    const first = told(supervision, free);
    expect(first).toEqual({ commands: ['halt: a fill was busted'], halted: 'a fill was busted' });
    expect(told(supervision, { ...free, halted: first.halted }).commands).toEqual([]);
  });

  it('halts for as long as a condition lasts and says what it waits for', () => {
    const supervision = new Supervision();
    supervision.begin('stock bars to come back');
    supervision.begin('option quotes to come back');
    const halt = told(supervision, free);
    expect(halt.commands).toEqual(['halt: waiting for stock bars to come back, option quotes to come back']);
    supervision.end('stock bars to come back');
    expect(told(supervision, { ...free, halted: halt.halted }).commands).toEqual([]);
    supervision.end('option quotes to come back');
    const resume = told(supervision, { ...free, halted: halt.halted });
    expect(resume.commands).toEqual([
      'resume: no longer waiting for stock bars to come back, option quotes to come back',
    ]);
    expect(told(supervision, { ...free, halted: resume.halted }).commands).toEqual([]);
  });

  it('a condition that comes and goes between two steps is not told', () => {
    const supervision = new Supervision();
    supervision.begin('x');
    supervision.end('x');
    expect(supervision.take(AN_INSTANT, free)).toEqual([]);
  });

  it('does not lift what it has not brought about', () => {
    const supervision = new Supervision();
    supervision.begin('x');
    const grave = { halted: 'foreign-execution', contradicted: true };
    expect(supervision.take(AN_INSTANT, grave)).toEqual([]);
    supervision.end('x');
    expect(supervision.take(AN_INSTANT, grave)).toEqual([]);
  });

  it('a contradiction during a wait outlives it', () => {
    const supervision = new Supervision();
    supervision.begin('x');
    const { halted } = told(supervision, free);
    supervision.end('x');
    const after = told(supervision, { halted, contradicted: true });
    expect(after.commands).toEqual(['halt: the broker contradicted itself while new risk was halted']);
    expect(told(supervision, { halted: after.halted, contradicted: true }).commands).toEqual([]);
  });

  it('a doubt during a wait outlives it', () => {
    const supervision = new Supervision();
    supervision.begin('x');
    const { halted } = told(supervision, free);
    supervision.doubt('who knows');
    supervision.end('x');
    const after = told(supervision, { halted, contradicted: false });
    expect(after.commands).toEqual(['halt: who knows']);
    expect(told(supervision, { halted: after.halted, contradicted: false }).commands).toEqual([]);
  });

  it('a halt that was journaled before a restart is lifted after it', () => {
    expect(told(new Supervision(), { halted: 'waiting for x', contradicted: false }).halted).toBeNull();
  });

  describe('with a kill switch', () => {
    function switched() {
      const state: { wanted: Wanted; isLifted: boolean } = { wanted: null, isLifted: false };
      const supervision = new Supervision({
        wanted: () => state.wanted,
        takeLifted: () => {
          const { isLifted } = state;
          state.isLifted = false;
          return isLifted;
        },
      });
      /** The engine hears what it is told. */
      const step = (standing: { halted: string | null; contradicted: boolean }): string[] => {
        const events = supervision.take(AN_INSTANT, standing);
        for (const event of events) supervision.observe(event);
        return events.map(({ command, by, reason }) => `${by} ${command}: ${reason}`);
      };
      return { state, supervision, step };
    }
    const HALT: Wanted = { state: 'halt', by: 'ann', reason: 'news' };

    it('tells what is set once, and that it is lifted once', () => {
      const { state, step } = switched();
      expect(step(free)).toEqual([]);
      state.wanted = HALT;
      expect(step(free)).toEqual(['kill-switch halt: ann: news']);
      expect(step({ ...free, halted: 'ann: news' })).toEqual([]);
      state.wanted = { ...HALT, state: 'flatten' };
      expect(step({ ...free, halted: 'ann: news' })).toEqual(['kill-switch flatten: ann: news']);
      state.wanted = null;
      expect(step({ ...free, halted: 'ann: news' })).toEqual(['kill-switch resume: the kill switch is lifted']);
      expect(step(free)).toEqual([]);
    });

    it('is not lifted by a condition that ends, and a condition outlives its lifting', () => {
      const { state, supervision, step } = switched();
      supervision.begin('x');
      expect(step(free)).toEqual(['live-agent halt: waiting for x']);
      state.wanted = HALT;
      expect(step({ ...free, halted: 'waiting for x' })).toEqual(['kill-switch halt: ann: news']);
      state.wanted = null;
      expect(step({ ...free, halted: 'ann: news' })).toEqual([
        'kill-switch resume: the kill switch is lifted',
        'live-agent halt: waiting for x',
      ]);
      state.wanted = HALT;
      expect(step({ ...free, halted: 'waiting for x' })).toEqual(['kill-switch halt: ann: news']);
      supervision.end('x');
      expect(step({ ...free, halted: 'ann: news' })).toEqual([]);
    });

    it('a doubt that comes with the lifting stands', () => {
      const { state, supervision, step } = switched();
      state.isLifted = true;
      supervision.doubt('who knows');
      expect(step({ ...free, halted: 'older' })).toEqual([
        'kill-switch resume: the kill switch is lifted',
        'live-agent halt: who knows',
      ]);
    });
  });
});
