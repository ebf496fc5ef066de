import { approve } from '@trading-agent/broker';
import { anOrder, approved, AN_INSTANT, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { asJson, decodeCancel, decodeEvent, decodeSubmit, stepOf } from './journal-codec.ts';

describe('the journal’s language', () => {
  it.each([anOrder(), aVertical(), anOrder({ type: 'market', limit: null })])(
    'an order comes back as it was',
    (order) => {
      const { checks } = approved(order);
      expect(decodeSubmit(asJson({ at: AN_INSTANT, order, checks }))).toEqual({
        at: AN_INSTANT,
        approved: approve(order, checks),
      });
    },
  );

  it('an order without evidence does not come back at all', () => {
    const order = anOrder();
    expect(() => decodeSubmit(asJson({ at: AN_INSTANT, order, checks: [] }))).toThrow(
      expect.objectContaining({ code: 'ORDER_NOT_APPROVED' }),
    );
    const failed = [{ rule: 'daily-loss', passed: false, actual: 6, limit: 5, unit: 'percent' }];
    expect(() => decodeSubmit(asJson({ at: AN_INSTANT, order, checks: failed }))).toThrow(
      expect.objectContaining({ code: 'ORDER_NOT_APPROVED' }),
    );
  });

  it('what is no instruction is corrupt', () => {
    expect(() => decodeSubmit({ order: 1 })).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
    expect(() => decodeCancel({})).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
    expect(decodeCancel({ clientOrderId: 'a' })).toBe('a');
  });

  it('an event comes back, a step’s number with its clock', () => {
    const clock = {
      kind: 'event',
      seq: 9,
      at: AN_INSTANT,
      type: 'clock',
      payload: { type: 'clock', at: AN_INSTANT, step: 4 },
    } as const;
    expect(decodeEvent(clock)).toEqual({ type: 'clock', at: AN_INSTANT, step: 4 });
    expect(stepOf(clock)).toBe(4);
    const halt = { ...clock, payload: { type: 'operator', at: AN_INSTANT, command: 'halt', by: 'x', reason: 'y' } };
    expect(decodeEvent(halt)).toEqual(halt.payload);
    expect(stepOf(halt)).toBeNull();
    expect(() => decodeEvent({ ...clock, payload: { type: 'weather' } })).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', details: { seq: 9 } }),
    );
  });
});
