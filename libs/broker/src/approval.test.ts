import { anOrder } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { approve, type RuleCheck } from './approval.ts';

const passed: RuleCheck = { rule: 'max-positions', passed: true, actual: 1, limit: 5, unit: 'count' };
const failed: RuleCheck = { rule: 'daily-loss', passed: false, actual: 6, limit: 5, unit: 'percent' };

describe('an approval', () => {
  it('binds the order to its evidence for good', () => {
    const order = anOrder();
    const approved = approve(order, [passed]);
    expect(approved.order).toBe(order);
    expect(approved.checks).toEqual([passed]);
    expect(Object.isFrozen(approved)).toBe(true);
  });

  it('is not given without evidence', () => {
    expect(() => approve(anOrder(), [])).toThrow(
      expect.objectContaining({
        code: 'ORDER_NOT_APPROVED',
        message: expect.stringContaining('not checked by any rule'),
      }),
    );
  });

  it('is not given when one rule of many did not pass, and names it', () => {
    expect(() => approve(anOrder(), [passed, failed, passed])).toThrow(
      expect.objectContaining({ code: 'ORDER_NOT_APPROVED', message: expect.stringContaining('daily-loss') }),
    );
  });
});
