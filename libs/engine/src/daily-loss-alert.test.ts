import { describe, expect, it } from 'vitest';
import { CALL, minute, Scenario, submitIn, told } from './testing/scenario.ts';

describe('a day that has lost 5%', () => {
  it('is over for new risk, even when the loss is made up and an operator resumes', () => {
    // Seven calls for $1,771, which is 7% of the account.
    const day = new Scenario({ only: ['long-call'], riskPerTrade: 0.08 });
    day.at(1);
    const open = submitIn(day.at(5));
    expect(open.approved.order.quantity).toBe(7);
    day.at(6, { broker: [day.fill(open, 6, 7, [2.53])] });
    const stopped = day.at(7, { quotes: { [CALL]: [0.9, 1] } });
    expect(told(stopped)).toEqual([`submit S1/close/1 7 @ -0.9: -${CALL} (stop-loss)`]);
    expect(told(day.at(8, { quotes: { [CALL]: [0.05, 0.15] } }))).toEqual(['critical: daily-loss']);
    expect(day.engine.view().halted).toBe('daily-loss');

    // The call is back where it was and is sold there: all but $70 are made up.
    expect(told(day.at(9, { broker: [day.fill(submitIn(stopped), 9, 7, [2.43])] }))).toEqual([]);
    day.step({ type: 'operator', at: minute(9), command: 'resume', by: 'anna', reason: 'it is up again' });
    expect(day.engine.view().halted).toBe('daily-loss');
    const [refusal] = day.at(10);
    expect(refusal).toMatchObject({
      type: 'refuse',
      failed: [{ rule: 'halted', actual: 1, limit: 0 }, { rule: 'cooldown' }, { rule: 'drawdown-lock', limit: 4 }],
    });
  });
});
