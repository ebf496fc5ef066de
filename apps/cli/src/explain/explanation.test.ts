import { micros } from '@trading-agent/core';
import type { DecisionReading, ReasonReading } from '@trading-agent/status-api';
import { describe, expect, it } from 'vitest';
import { explainSymbols, tightest } from './explanation.ts';

const AT = 1_450_967_400_000_000;
const check = (rule: string, actual: number, limit: number, passed: boolean, unit = 'usd'): ReasonReading => ({
  rule,
  text: null,
  passed,
  actual,
  limit,
  unit,
});
const said = (rule: string): ReasonReading => ({
  rule,
  text: rule,
  passed: null,
  actual: null,
  limit: null,
  unit: null,
});
function decision(
  minute: number,
  kind: DecisionReading['kind'],
  subject: string | null,
  reasons: readonly ReasonReading[],
): DecisionReading {
  const at = micros(AT + minute * 60_000_000);
  return { sequence: minute, index: 0, at, kind, subject, clientOrderId: null, summary: '', reasons };
}

describe('explainSymbols', () => {
  it('counts per symbol what stood in the way, most frequent first, with the last numbers', () => {
    const explained = explainSymbols([
      decision(1, 'refuse', 'SPY', [
        said('risk-per-trade'),
        check('risk-per-trade', 900, 750, false),
        check('halted', 0, 0, true),
      ]),
      decision(2, 'note', 'SPY', [said('no-structure')]),
      decision(3, 'refuse', 'SPY', [check('risk-per-trade', 800, 750, false), check('buying-power', 9, 8, false)]),
      decision(4, 'submit', 'AAPL', [said('view'), check('risk-per-trade', 700, 750, true)]),
      decision(5, 'alert', null, [said('operator-halt')]),
    ]);
    expect(explained).toMatchObject([
      { symbol: 'AAPL', orders: 1, refusals: 0, notes: 0, obstacles: [] },
      { symbol: 'SPY', orders: 0, refusals: 2, notes: 1 },
    ]);
    expect(explained[1]?.obstacles.map(({ rule, count, lastAt }) => [rule, count, lastAt - AT])).toEqual([
      ['risk-per-trade', 2, 180_000_000],
      ['buying-power', 1, 180_000_000],
      ['no-structure', 1, 120_000_000],
    ]);
    expect(explained[1]?.obstacles[0]?.last.actual).toBe(800);
  });

  it('has nothing to say of a day without decisions', () => {
    expect(explainSymbols([])).toEqual([]);
  });
});

describe('tightest', () => {
  it('is the kept limit of which most was used, not a yes, a minimum or a broken one', () => {
    const found = tightest([
      check('account-tradable', 1, 1, true, 'count'),
      check('option-level', 3, 2, true, 'count'),
      check('position-size', 18, 20, true, 'percent'),
      check('risk-per-trade', 400, 750, true),
      check('buying-power', 9, 8, false),
    ]);
    expect(found).toMatchObject({ reason: { rule: 'position-size' }, used: 0.9 });
    expect(tightest([said('view')])).toBeNull();
  });
});
