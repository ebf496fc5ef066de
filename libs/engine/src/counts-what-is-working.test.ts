import { usdToNumber } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { Scenario, type Submit, submitIn } from './testing/scenario.ts';

/** What the rules measured when the order passed. */
function measured({ approved }: Submit): Readonly<Record<string, readonly [actual: number, limit: number]>> {
  return Object.fromEntries(approved.checks.map(({ rule, actual, limit }) => [rule, [actual, limit]]));
}

describe('a second order', () => {
  it('is measured with the first while that is working', () => {
    const day = new Scenario({ only: ['bull-put-spread', 'long-call'] });
    day.probability = 0.56;
    day.at(1);
    // Four put spreads: $200 set aside and $159 at risk each.
    submitIn(day.at(5).filter(({ type }) => type === 'submit'));
    day.probability = 0.7;
    // Two calls for $253 each.
    expect(measured(submitIn(day.at(10)))).toMatchObject({
      'max-positions': [2, 5],
      'risk-per-trade': [506, 750],
      'position-size': [800 + 506, 5_000],
      'portfolio-risk': [636 + 506, 3_750],
      'buying-power': [506, 25_000 - 800],
      'order-rate': [2, 60],
    });
  });

  it('is measured with the first when that is held: its collateral stays bound', () => {
    const day = new Scenario({ only: ['bull-put-spread', 'long-call'] });
    day.probability = 0.56;
    day.at(1);
    const open = submitIn(day.at(5).filter(({ type }) => type === 'submit'));
    day.at(6, { broker: [day.fill(open, 6, 4, [1.26, 0.85])] });
    const { cash } = day.engine.view();
    expect(usdToNumber(cash)).toBeGreaterThan(25_160);
    day.probability = 0.7;
    expect(measured(submitIn(day.at(10)))).toMatchObject({
      'max-positions': [2, 5],
      'buying-power': [506, usdToNumber(cash) - 800],
    });
  });
});
