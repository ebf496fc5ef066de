import { describe, expect, it } from 'vitest';
import { CALL, minute, Scenario, status, submitIn, told } from './testing/scenario.ts';

const by = 'kill-switch';

function opened(filled: number): { day: Scenario; open: ReturnType<typeof submitIn> } {
  const day = new Scenario({ only: ['long-call'] });
  day.at(1);
  const open = submitIn(day.at(5));
  if (filled > 0) day.at(6, { broker: [day.fill(open, 6, filled, [2.53])] });
  return { day, open };
}

describe('halt', () => {
  it('takes back what has not filled, keeps and protects what is held, opens nothing until a resume', () => {
    const { day, open } = opened(1);
    expect(told(day.step({ type: 'operator', at: minute(6), command: 'halt', by, reason: 'news' }))).toEqual([
      'critical: operator-halt',
    ]);
    expect(told(day.at(7))).toEqual(['cancel S1/open/1: halted']);
    day.at(8, { broker: [status(open, 8, 'canceled')] });
    expect(day.held()).toBe(1);
    expect(told(day.at(9, { quotes: { [CALL]: [1, 1.1] } }))).toEqual([
      `submit S1/close/1 1 @ -1: -${CALL} (stop-loss)`,
    ]);
    day.at(9.5, { broker: [status(open, 9.5, 'canceled')] });
    expect(told(day.at(10)).filter((line) => line.startsWith('submit'))).toEqual([]);
  });
});

describe('flatten', () => {
  it('leaves everything at what the market gives, never more than is held, and tries on until it is out', () => {
    const { day, open } = opened(1);
    day.step({ type: 'operator', at: minute(6), command: 'flatten', by, reason: 'enough' });
    expect(day.engine.view().halted).toBe('enough');
    const leaving = day.at(7);
    expect(told(leaving)).toEqual(['cancel S1/open/1: halted', `submit S1/close/1 1 @ -2.43: -${CALL} (flatten)`]);
    const close = submitIn(leaving.filter(({ type }) => type === 'submit'));
    expect(close.reason.text).toBe('Out of everything: enough');
    day.at(8, { broker: [status(open, 8, 'canceled')] });
    // Nobody took it: cancelled, and sent again when that is confirmed.
    expect(told(day.at(10))).toEqual(['cancel S1/close/1: order-timeout', 'note: already-held']);
    expect(told(day.at(11, { broker: [status(close, 11, 'canceled')] }))).toEqual([
      `submit S1/close/2 1 @ -2.43: -${CALL} (flatten)`,
    ]);
  });

  it('is not taken back by a halt that comes later, but by a resume', () => {
    const { day } = opened(2);
    day.step({ type: 'operator', at: minute(6), command: 'flatten', by, reason: 'enough' });
    day.step({ type: 'operator', at: minute(6), command: 'halt', by: 'live-agent', reason: 'a doubt' });
    expect(told(day.at(7))).toEqual([`submit S1/close/1 2 @ -2.43: -${CALL} (flatten)`]);

    const other = opened(2).day;
    other.step({ type: 'operator', at: minute(6), command: 'flatten', by, reason: 'enough' });
    other.step({ type: 'operator', at: minute(6), command: 'resume', by, reason: 'not so' });
    expect(told(other.at(7))).toEqual([]);
    expect(other.engine.view().halted).toBeNull();
  });

  it('asks for no worse than a quarter of the premium beyond the midpoint, whatever an empty book shows', () => {
    const { day } = opened(2);
    day.step({ type: 'operator', at: minute(6), command: 'flatten', by, reason: 'enough' });
    // Midpoint 2.50: a bid of 0.50 would give four fifths away. 1.875 is between two ticks.
    expect(told(day.at(7, { quotes: { [CALL]: [0.5, 4.5] } }))).toEqual([
      `submit S1/close/1 2 @ -1.9: -${CALL} (flatten)`,
    ]);
  });
});
