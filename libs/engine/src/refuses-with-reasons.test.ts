import type { StrategyBook } from '@trading-agent/config';
import { describe, expect, it } from 'vitest';
import { minute, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

describe('an account that is too small', () => {
  it('is told the rule, the number and the limit, and sends nothing', () => {
    // A spread on falling prices could be had for $9, so the symbol is followed; the view asks for others.
    const strategies = (book: StrategyBook): StrategyBook => {
      const spread = book['bear-put-spread'];
      const delta = { min: 0.2, target: 0.28, max: 0.3 };
      return spread === undefined ? book : { ...book, 'bear-put-spread': { ...spread, delta } };
    };
    const day = new Scenario({ cash: 500, only: ['long-call', 'bull-call-spread', 'bear-put-spread'], strategies });
    const quotes = { [symbolAt(94, 'P')]: [1.27, 1.33] } as const;
    day.at(1, { quotes });
    // A micro account risks 2%: $10. The cheapest call within the range of deltas costs $146... and is still offered for refusal.
    const decisions = day.at(5, { quotes });
    expect(decisions.map(({ type }) => type)).toEqual(['refuse', 'refuse']);
    expect(decisions[0]).toMatchObject({
      strategy: 'long-call',
      failed: [
        { rule: 'risk-per-trade', actual: 253, limit: 10, unit: 'usd', passed: false },
        { rule: 'position-size', actual: 253, limit: 150 },
        { rule: 'portfolio-risk', actual: 253, limit: 75 },
        // 46 shares of delta at 100 dollars: $46 for a move of 1%.
        { rule: 'underlying-delta', actual: 9.2159, limit: 3, unit: 'percent' },
        { rule: 'underlying-vega' },
        { rule: 'net-delta' },
        { rule: 'stress-loss', limit: 75, unit: 'usd' },
      ],
      reason: { rule: 'risk-per-trade', text: 'risk-per-trade: 253 against a limit of 10 usd (and 6 more)' },
    });
    expect(day.engine.view().positions).toEqual([]);
  });
});

describe('a market that does not allow it', () => {
  it('is left alone in the first and last minutes, and between two looks', () => {
    const day = new Scenario({ only: ['long-call'] });
    for (const minutes of [1, 2, 3, 4, 195, 200, 205, 209, 210, 215]) expect(told(day.at(minutes))).toEqual([]);
    const other = new Scenario({ only: ['long-call'] });
    other.at(1);
    for (const minutes of [6, 7, 8, 9]) expect(told(other.at(minutes))).toEqual([]);
    expect(told(other.at(190))).toHaveLength(1);
  });

  it('is told what could not be built', () => {
    const day = new Scenario({ only: ['iron-condor'] });
    day.at(1);
    expect(told(day.at(5))).toEqual(['note: no-structure']);
    day.probability = 0.5;
    // No wing outside the sold put at 94 is quoted.
    expect(told(day.at(10))).toEqual(['note: no-wing']);
  });
});

describe('an operator', () => {
  it('halts new risk and lets it go again', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const halt = { type: 'operator', at: minute(4), by: 'anna', reason: 'lunch' } as const;
    expect(told(day.step({ ...halt, command: 'halt' }))).toEqual(['critical: operator-halt']);
    expect(day.engine.view().halted).toBe('lunch');
    expect(told(day.at(5))).toEqual(['refuse long-call: halted: 1 against a limit of 0 count']);
    expect(told(day.step({ ...halt, at: minute(6), command: 'resume' }))).toEqual(['info: operator-resume']);
    expect(told(day.at(10))).toHaveLength(1);
    expect(day.engine.view().halted).toBe(null);
  });
});

describe('a broker that rejects', () => {
  it('is believed: nothing is held, funds are free, the next look tries again', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    expect(told(day.at(6, { broker: [status(open, 5, 'rejected', 'insufficient options buying power')] }))).toEqual([
      'warning: broker-rejected',
    ]);
    const again = submitIn(day.at(10));
    expect(again.intent).toBe('S2/open/1');
    expect(again.approved.order.clientOrderId).not.toBe(open.approved.order.clientOrderId);
  });
});
