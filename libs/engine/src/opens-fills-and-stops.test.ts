import { usdToNumber } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { CALL, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

describe('a strong view up', () => {
  it('buys two calls, is filled, and sells them when they have lost 40%', () => {
    const day = new Scenario({ only: ['long-call'] });
    expect(day.at(1)).toMatchObject([{ type: 'subscribe', underlying: 'TWX' }]);
    expect(told(day.at(4))).toEqual([]);

    // 3% of $25,000 is $750: two calls at $253.
    const decisions = day.at(5);
    expect(told(decisions)).toEqual([`submit S1/open/1 2 @ 2.53: +${CALL} (view)`]);
    const open = submitIn(decisions);
    expect(open.reason.text).toContain('risks 253 a unit of 750 allowed');
    expect(open.approved.checks.every(({ passed }) => passed)).toBe(true);

    day.at(5.5, { broker: [status(open, 5, 'new'), day.fill(open, 5, 2, [2.53])], spot: null });
    expect(day.held()).toBe(2);
    expect(usdToNumber(day.engine.view().cash)).toBeCloseTo(25_000 - 506 - usdToNumber(day.engine.view().fees), 6);
    expect(told(day.at(10))).toEqual(['note: already-held']);

    // The stop lies at a midpoint of 1.518.
    expect(told(day.at(11, { quotes: { [CALL]: [1.47, 1.57] } }))).toEqual([]);
    const stopped = day.at(12, { quotes: { [CALL]: [1.45, 1.55] } });
    expect(told(stopped)).toEqual([`submit S1/close/1 2 @ -1.45: -${CALL} (stop-loss)`]);
    expect(told(day.at(13, { quotes: { [CALL]: [1.4, 1.5] } }))).toEqual([]);

    day.at(14, { broker: [day.fill(submitIn(stopped), 14, 2, [1.45])] });
    const view = day.engine.view();
    expect(view.positions).toEqual([]);
    expect(usdToNumber(view.realized)).toBe(-216);
    expect(usdToNumber(view.cash)).toBeCloseTo(25_000 - 216 - usdToNumber(view.fees), 6);
    expect(view.cash).toBe(view.equity);
    // TWX rests for half an hour after a loss, then the view is free to be traded again.
    expect(told(day.at(15))).toEqual(['refuse long-call: cooldown: 60 against a limit of 1800 seconds']);
    expect(told(day.at(45))).toEqual([`submit S2/open/1 2 @ 2.53: +${CALL} (view)`]);
  });

  it('takes its profit of half the premium', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    day.at(6, { broker: [day.fill(open, 6, 2, [2.53])] });
    expect(told(day.at(7, { quotes: { [CALL]: [3.74, 3.84] } }))).toEqual([]);
    expect(told(day.at(8, { quotes: { [CALL]: [3.75, 3.85] } }))).toEqual([
      `submit S1/close/1 2 @ -3.75: -${CALL} (profit-target)`,
    ]);
  });
});

describe('a moderate view up', () => {
  it('sells a put spread as a package and buys it back when the tier has lost enough', () => {
    const day = new Scenario({ only: ['bull-put-spread'] });
    const [sold, bought] = [symbolAt(96, 'P'), symbolAt(94, 'P')];
    day.probability = 0.56;
    day.at(1);
    // 1.26 - 0.85 received; the other $159 of the $200 can be lost, four times within $750.
    const open = day.at(5);
    expect(told(open)).toContain(`submit S1/open/1 4 @ -0.41: -${sold} +${bought} (view)`);
    day.at(6, { broker: [day.fill(submitIn(open), 6, 4, [1.26, 0.85])] });
    expect([day.held(sold), day.held(bought)]).toEqual([-4, 4]);
    // 1.5 times the credit would be 0.615; 40% of the worst loss of $159 is 0.636: the nearer one counts.
    expect(told(day.at(7, { quotes: { [sold]: [1.95, 2.05], [bought]: [0.95, 1.05] } }))).toEqual([]);
    const stopped = day.at(8, { quotes: { [sold]: [1.98, 2.08], [bought]: [0.95, 1.05] } });
    expect(told(stopped)).toEqual([`submit S1/close/1 4 @ 1.13: +${sold} -${bought} (stop-loss)`]);
    day.at(9, { broker: [day.fill(submitIn(stopped), 9, 4, [2.08, 0.95])] });
    // 0.41 received, 1.13 paid, four times a hundred.
    expect(usdToNumber(day.engine.view().realized)).toBe(-288);
    expect(day.engine.view().positions).toEqual([]);
  });

  it('or buys a call spread and leaves it at the stop of its tier, which is nearer than its own', () => {
    const day = new Scenario({ only: ['bull-call-spread'] });
    const [bought, sold] = [symbolAt(99, 'C'), CALL];
    day.probability = 0.56;
    day.at(1);
    const open = submitIn(day.at(5).filter(({ type }) => type === 'submit'));
    day.at(6, { broker: [day.fill(open, 6, 7, [3.5, 2.43])] });
    // 40% of the debit of 1.07 are gone at 0.642; half of it at 0.535.
    expect(told(day.at(7, { quotes: { [bought]: [1.95, 2.05], [sold]: [1.3, 1.4] } }))).toEqual([]);
    expect(told(day.at(8, { quotes: { [bought]: [1.95, 2.05], [sold]: [1.31, 1.41] } }))).toEqual([
      `submit S1/close/1 7 @ -0.54: -${bought} +${sold} (stop-loss)`,
    ]);
  });
});
