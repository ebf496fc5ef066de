import { describe, expect, it } from 'vitest';
import { CALL, Scenario, status, submitIn, told } from './testing/scenario.ts';

describe('an order that does not fill', () => {
  it('is cancelled after three minutes, once, and frees its funds when the broker confirms', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    expect(told(day.at(6, { broker: [status(open, 5, 'new')] }))).toEqual([]);
    expect(told(day.at(7.99, { spot: null }))).toEqual([]);
    expect(told(day.at(8))).toEqual(['cancel S1/open/1: order-timeout']);
    expect(told(day.at(9))).toEqual([]);
    // Not confirmed yet: it still counts.
    expect(told(day.at(10))).toEqual(['note: already-held']);
    day.at(11, { broker: [status(open, 11, 'canceled')] });
    expect(told(day.at(15))).toEqual([`submit S2/open/1 2 @ 2.53: +${CALL} (view)`]);
  });

  it('but filled in part is kept for the part, and the rest is forgotten', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    day.at(6, { broker: [day.fill(open, 6, 1, [2.53])] });
    expect(told(day.at(8))).toEqual(['cancel S1/open/1: order-timeout']);
    day.at(9, { broker: [status(open, 9, 'canceled')] });
    expect(told(day.at(12, { quotes: { [CALL]: [1, 1.1] } }))).toEqual([
      `submit S1/close/1 1 @ -1: -${CALL} (stop-loss)`,
    ]);
  });

  it('takes the rest of an opening order back before what it brought is sold', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    day.at(6, { broker: [day.fill(open, 6, 1, [2.53])] });
    const leaving = day.at(7, { quotes: { [CALL]: [1, 1.1] } });
    expect(told(leaving)).toEqual(['cancel S1/open/1: stop-loss', `submit S1/close/1 1 @ -1: -${CALL} (stop-loss)`]);
    const first = submitIn(leaving);
    // The rest fills all the same, faster than the cancel: it is closed when the first part is.
    const low = { [CALL]: [1, 1.1] } as const;
    const late = day.fill(open, 7.5, 1, [2.53], 'filled');
    expect(told(day.at(7.5, { spot: null, quotes: low, broker: [late] }))).toEqual([]);
    expect(day.held()).toBe(2);
    const sold = day.fill(first, 8, 1, [1]);
    expect(told(day.at(8, { quotes: low, broker: [sold] }))).toEqual([
      `submit S1/close/2 1 @ -1: -${CALL} (stop-loss)`,
    ]);
  });
});

describe('a close that does not work out', () => {
  const held = (): Scenario => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    day.at(6, { broker: [day.fill(submitIn(day.at(5)), 6, 2, [2.53])] });
    return day;
  };
  const low = { [CALL]: [1, 1.1] } as const;

  it('is tried again with a new order for what is left', () => {
    const day = held();
    const first = submitIn(day.at(7, { quotes: low }));
    day.at(8, { quotes: low, broker: [day.fill(first, 8, 1, [1])] });
    expect(told(day.at(10, { quotes: low }))).toContain('cancel S1/close/1: order-timeout');
    const again = day.at(11, { quotes: low, broker: [status(first, 11, 'canceled')] });
    expect(told(again)).toEqual([`submit S1/close/2 1 @ -1: -${CALL} (stop-loss)`]);
  });

  it('is taken back when a late fill of the first has closed it', () => {
    const day = held();
    const first = submitIn(day.at(7, { quotes: low }));
    const second = submitIn(day.at(8, { quotes: low, broker: [status(first, 8, 'canceled')] }));
    expect(told(day.at(9, { quotes: low, broker: [day.fill(first, 8, 2, [1])] }))).toEqual([
      'warning: late-execution',
      'cancel S1/close/2: closes-held',
    ]);
    expect(day.held()).toBe(0);
    // It was too late: the account is short now, and somebody has to look.
    expect(told(day.at(9.5, { spot: null, broker: [day.fill(second, 9.5, 2, [1])] }))).toEqual([
      'critical: overclosed',
    ]);
    expect([day.held(), day.engine.view().halted]).toEqual([-2, 'overclosed']);
  });

  it('waits a minute after a rejection, so that the broker is not flooded', () => {
    const day = held();
    const first = submitIn(day.at(7, { quotes: low }));
    const rejected = status(first, 7, 'rejected', 'wash trade');
    expect(told(day.at(7.1, { quotes: low, spot: null, broker: [rejected] }))).toEqual(['warning: broker-rejected']);
    expect(told(day.at(7.9, { quotes: low, spot: null }))).toEqual([]);
    expect(submitIn(day.at(8, { quotes: low })).intent).toBe('S1/close/2');
  });

  it('is not sent while nobody bids, which is told once, and sent as soon as somebody does', () => {
    const day = held();
    const silent = { quotes: { [CALL]: [null, 0.1] } } as const;
    // The old bid of 2.43 is above the new ask, so that the ask alone is the mark.
    expect(told(day.at(7, silent))).toEqual(['note: not-quoted']);
    expect(told(day.at(8, silent))).toEqual([]);
    expect(told(day.at(9, { quotes: { [CALL]: [0.05, 0.1] } }))).toEqual([
      `submit S1/close/1 2 @ -0.05: -${CALL} (stop-loss)`,
    ]);
  });
});
