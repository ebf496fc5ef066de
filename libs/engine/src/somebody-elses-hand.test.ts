import type { BrokerEvent } from '@trading-agent/broker';
import { usd } from '@trading-agent/core';
import type { PositionIntent } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { holding, WITH_CALL } from './testing/holdings.ts';
import { CALL, minute, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

/** A trade in the account that the agent did not order. */
function byHand(minutes: number, symbol: string, intent: PositionIntent, quantity: number, price: number): BrokerEvent {
  return {
    kind: 'execution',
    at: minute(minutes),
    brokerOrderId: 'by-hand',
    status: 'filled',
    execution: {
      executionId: `by-hand-${minutes}`,
      clientOrderId: 'by-hand',
      at: minute(minutes),
      quantity,
      legs: [{ symbol, intent, quantity, price }],
    },
  };
}

const operator = (minutes: number, command: 'flatten' | 'resume') =>
  ({ type: 'operator', at: minute(minutes), command, by: 'tester', reason: 'looked' }) as const;

describe('shares of the agent’s own that are to leave', () => {
  it('are not bought back by it where somebody else has sold more than there were', () => {
    const day = new Scenario({ only: ['covered-call'], takenOver: holding(100) });
    const sale = submitIn(day.at(1, { spot: 60 }));
    const after = day.at(2, { spot: 60, broker: [byHand(2, 'TWX', 'sell_to_close', 300, 60)] });
    expect(told(after)).toEqual(['critical: foreign-execution', 'cancel shares/TWX/1: keeps-cover']);
    const { shares, record } = day.engine.view();
    expect(shares).toMatchObject([{ ticker: 'TWX', quantity: -200 }]);
    // The next session is told, unless somebody looks before.
    expect(record.unsettled).toBe('foreign-execution');
    expect(told(day.at(3, { spot: 60, broker: [status(sale, 3, 'canceled')] }))).toEqual([]);
    expect(told(day.at(4, { spot: 60 }))).toEqual([]);
  });
});
describe('an order that closes an option', () => {
  it('is taken back where somebody else has closed it and more', () => {
    const day = new Scenario({ only: ['covered-call'], takenOver: WITH_CALL });
    day.step(operator(0, 'flatten'));
    expect(told(day.at(1))).toContain(`submit S3/close/1 1 @ 2.53: +${CALL} (flatten)`);
    const after = day.at(2, { broker: [byHand(2, CALL, 'buy_to_close', 3, 2.5)] });
    expect(told(after)).toContain('cancel S3/close/1: closes-held');
    expect(day.held()).toBe(2);
  });
});

describe('a resume after a flatten', () => {
  const PUT = symbolAt(96, 'P');
  const mixed = holding(250, {
    positions: [
      { symbol: 'TWX', quantity: 250, averagePrice: 102, mark: 100 },
      { symbol: PUT, quantity: 1, averagePrice: 1.3, mark: 1.3 },
    ],
    shares: { TWX: 100 },
    foreign: { TWX: 150, [PUT]: 1 },
  });

  it('takes back what would still close foreign holdings', () => {
    const day = new Scenario({ only: ['covered-call'], takenOver: mixed });
    day.step(operator(0, 'flatten'));
    const first = day.at(1);
    expect(told(first)).toEqual([
      `submit F1/close/1 1 @ -1.26: -${PUT} (flatten)`,
      'submit shares/TWX/1 250 @ -99: -TWX (flatten)',
    ]);
    day.step(operator(1, 'resume'));
    expect(told(day.at(2))).toEqual([
      'note: shares-kept',
      'cancel F1/close/1: flatten-lifted',
      'cancel shares/TWX/1: flatten-lifted',
    ]);
    const ended = first.flatMap((decision) => (decision.type === 'submit' ? [status(decision, 3, 'canceled')] : []));
    expect(told(day.at(3, { broker: ended }))).toEqual([]);
  });

  it('lets go on what leaves for a reason of its own', () => {
    const leaving = { TWX: { quantity: 100, reason: { rule: 'stop-loss', text: 'lost' }, realized: usd(0) } };
    const day = new Scenario({ only: ['covered-call'], takenOver: { ...mixed, leaving } });
    day.step(operator(0, 'flatten'));
    const sale = submitIn(
      day.at(1).filter(({ type, ...rest }) => type === 'submit' && 'intent' in rest && rest.intent === 'shares/TWX/1'),
    );
    // What is left of the order are its own 100 at most.
    day.at(2, { broker: [day.fill(sale, 2, 150, [99.5], 'partially_filled')] });
    expect(day.engine.view().record).toMatchObject({ shares: {}, foreign: { TWX: 100 } });
    day.step(operator(2, 'resume'));
    expect(told(day.at(3))).toContain('cancel shares/TWX/1: flatten-lifted');
    const own = new Scenario({ only: ['covered-call'], takenOver: holding(100, { leaving }) });
    own.step(operator(0, 'flatten'));
    expect(told(own.at(1))).toEqual(['submit shares/TWX/1 100 @ -99: -TWX (flatten)']);
    own.step(operator(1, 'resume'));
    expect(told(own.at(2))).toEqual([]);
  });
});
