import { AN_INSTANT } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { Supervision } from './supervision.ts';

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
});
