import type { RuleCheck } from '@trading-agent/broker';
import { OPENING_RULES } from '@trading-agent/risk';
import { describe, expect, it } from 'vitest';
import { CALL, Scenario, type ScenarioOptions, type Submit, submitIn, told } from './testing/scenario.ts';

const CODES = OPENING_RULES.map(({ code }) => code);

function opening(options: ScenarioOptions = {}): { day: Scenario; open: Submit } {
  const day = new Scenario({ only: ['long-call'], ...options });
  day.at(1);
  return { day, open: submitIn(day.at(5)) };
}

function check(submit: Submit, rule: string): RuleCheck | undefined {
  return submit.approved.checks.find((one) => one.rule === rule);
}

describe('the record of an order', () => {
  it('has the numbers of every rule, fed from the chain, the books and what happened', () => {
    const { open } = opening();
    expect(open.approved.checks.map(({ rule }) => rule)).toEqual(CODES);
    // Two calls with a delta of 0.46 at 100 dollars: 92 dollars for a move of 1%, of 25,000.
    expect(check(open, 'net-delta')?.actual).toBeCloseTo((92 / 25_000) * 100, 1);
    // All of the premium and nothing else.
    expect(check(open, 'buying-power')).toMatchObject({ actual: 506, limit: 25_000 });
    // A fall of the price by 15% leaves next to nothing of it.
    expect(check(open, 'stress-loss')?.actual).toBeGreaterThan(450);
    expect(check(open, 'stress-loss')?.actual).toBeLessThan(506);
    expect(check(open, 'model-price')?.actual).toBeLessThan(10);
    expect(check(open, 'volatility-halt')).toMatchObject({ passed: true, limit: 4 });
    expect(open.reduced).toBeUndefined();
  });

  it('counts the margin of a spread less what it brings', () => {
    const day = new Scenario({ only: ['bull-put-spread'] });
    day.probability = 0.56;
    day.at(1);
    const open = submitIn(day.at(5));
    const units = open.approved.order.quantity;
    const credit = -(open.approved.order.limit ?? 0);
    expect(check(open, 'buying-power')?.actual).toBeCloseTo(units * 100 * (2 - credit), 6);
  });

  it('says what was asked for when risk reduced it, and the structure is what was sent', () => {
    const { day, open } = opening({ risk: (risk) => ({ ...risk, orders: { ...risk.orders, maxContracts: 1 } }) });
    expect(open.approved.order.quantity).toBe(1);
    expect(open.reduced).toMatchObject({ asked: 2, failed: [{ rule: 'fat-finger', actual: 2, limit: 1 }] });
    day.at(6, { broker: [day.fill(open, 6, 1, [2.53])] });
    expect(day.held()).toBe(1);
    expect(told(day.at(7, { quotes: { [CALL]: [3.8, 3.9] } }))).toEqual([
      `submit S1/close/1 1 @ -3.8: -${CALL} (profit-target)`,
    ]);
  });

  it('of a refusal has the order, all rules and those that failed', () => {
    const day = new Scenario({
      only: ['long-call'],
      risk: (risk) => ({ ...risk, stress: { ...risk.stress, maxLoss: 0.0001 } }),
    });
    day.at(1);
    const [refusal] = day.at(5);
    expect(refusal).toMatchObject({
      type: 'refuse',
      order: { legs: [{ symbol: CALL }], quantity: 2, limit: 2.53 },
      failed: [{ rule: 'stress-loss', limit: 2.5 }],
      quantity: 1,
    });
    const checks = refusal?.type === 'refuse' ? refusal.checks : [];
    expect(checks.map(({ rule }) => rule)).toEqual(CODES);
  });
});

describe('protections', () => {
  it('remember a stop-loss as what it was', () => {
    const { day, open } = opening({
      risk: (risk) => ({
        ...risk,
        protections: { ...risk.protections, cooldownMinutes: 0, stopLossGuard: { stops: 1, minutes: 60 } },
      }),
    });
    day.at(6, { broker: [day.fill(open, 6, 2, [2.53])] });
    const stop = submitIn(day.at(7, { quotes: { [CALL]: [1.4, 1.5] } }));
    day.at(8, { broker: [day.fill(stop, 8, 2, [1.4])] });
    expect(told(day.at(10))).toEqual(['refuse long-call: stop-loss-guard: 1 against a limit of 0 count']);
    // At minute 68 it is an hour old.
    expect(told(day.at(65))[0]).toContain('stop-loss-guard');
    expect(told(day.at(70))[0]).toContain('submit S2/open/1');
  });

  it('lock an underlying that does not earn', () => {
    const { day, open } = opening({
      risk: (risk) => ({
        ...risk,
        protections: {
          ...risk.protections,
          cooldownMinutes: 0,
          lowProfitLock: { trades: 1, minutes: 240, minProfit: 0 },
        },
      }),
    });
    day.at(6, { broker: [day.fill(open, 6, 2, [2.53])] });
    const stop = submitIn(day.at(7, { quotes: { [CALL]: [1.4, 1.5] } }));
    // Half is sold a little better.
    day.at(8, { broker: [day.fill(stop, 8, 1, [1.45]), day.fill(stop, 8, 1, [1.4])] });
    expect(told(day.at(10))).toEqual(['refuse long-call: low-profit-lock: -221 against a limit of 0 usd']);
  });
});
