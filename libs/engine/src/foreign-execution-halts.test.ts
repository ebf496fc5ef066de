import { optionSymbol } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { CALL, minute, Scenario, submitIn, symbolAt, told } from './testing/scenario.ts';

describe('an execution of an order that is not ours', () => {
  it('is booked, halts new risk, and leaves what is open protected', () => {
    const day = new Scenario({ only: ['long-call', 'long-put'] });
    day.at(1);
    const open = submitIn(day.at(5));
    const own = day.fill(open, 6, 2, [2.53]);
    const foreign = {
      ...own,
      brokerOrderId: 'theirs',
      execution: {
        executionId: 'theirs-1',
        clientOrderId: 'somebody else',
        at: minute(6),
        quantity: 1,
        legs: [{ symbol: symbolAt(99, 'P'), intent: 'buy_to_open', quantity: 1, price: 2.5 }],
      },
    } as const;
    expect(told(day.at(6, { broker: [own, foreign] }))).toEqual(['critical: foreign-execution']);
    expect(day.engine.view().halted).toBe('foreign-execution');
    expect(day.held(symbolAt(99, 'P'))).toBe(1);
    // Told once, booked once.
    expect(told(day.at(7, { broker: [foreign] }))).toEqual([]);
    expect(day.held(symbolAt(99, 'P'))).toBe(1);

    day.probability = 0.3;
    expect(told(day.at(10))).toEqual(['refuse long-put: halted: 1 against a limit of 0 count']);
    expect(told(day.at(11, { quotes: { [CALL]: [1, 1.1] } }))).toEqual([
      `submit S1/close/1 2 @ -1: -${CALL} (stop-loss)`,
    ]);

    day.step({ type: 'operator', at: minute(12), command: 'resume', by: 'anna', reason: 'was me' });
    expect(day.engine.view().halted).toBe(null);
    expect(told(day.at(15))).toContainEqual(expect.stringContaining('submit S2/open/1'));
  });

  it('that sold what we hold: only what is left is closed', () => {
    const day = new Scenario({ only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    const own = day.fill(open, 6, 2, [2.53]);
    const sellOut = {
      ...own,
      execution: {
        ...own.execution,
        executionId: 'theirs-1',
        clientOrderId: 'liquidation',
        quantity: 1,
        legs: [{ symbol: optionSymbol(CALL), intent: 'sell_to_close', quantity: 1, price: 2.4 }],
      },
    } as const;
    day.at(6, { broker: [own, sellOut] });
    expect(day.held()).toBe(1);
    // Two would be closed of the one that is left: refused, and told once.
    const low = { quotes: { [CALL]: [1, 1.1] } } as const;
    expect(told(day.at(7, low))).toEqual(['refuse long-call: closes-held: 1 against a limit of 0 count']);
    expect(told(day.at(8, low))).toEqual([]);
  });
});

describe('an order that is not ours', () => {
  it('halts when the broker takes it; words about its end say nothing', () => {
    const day = new Scenario();
    const theirs = { kind: 'order', at: minute(1), clientOrderId: 'theirs', brokerOrderId: 'x' } as const;
    expect(told(day.at(1, { broker: [{ ...theirs, status: 'canceled' }] }))).toEqual([]);
    expect(day.engine.view().halted).toBe(null);
    expect(told(day.at(2, { broker: [{ ...theirs, status: 'new' }] }))).toEqual(['critical: foreign-order']);
    expect(day.engine.view().halted).toBe('foreign-order');
  });
});
