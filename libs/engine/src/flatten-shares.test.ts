import { usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { Decision } from './decisions.ts';
import type { TakenOver } from './taken-over.ts';
import { COVERED, holding, WITH_CALL } from './testing/holdings.ts';
import { CALL, minute, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

function flattened(takenOver: TakenOver, more: ConstructorParameters<typeof Scenario>[0] = {}): Scenario {
  const day = new Scenario({ only: ['long-call'], takenOver, ...more });
  day.step({ type: 'operator', at: minute(0), command: 'flatten', by: 'tester', reason: 'out' });
  return day;
}

describe('flatten', () => {
  it('sells shares a hundredth below the last price at worst, in parts, until none is held', () => {
    const day = flattened(holding(250, { shares: { TWX: 200 }, foreign: { TWX: 50 } }));
    const sale = submitIn(day.at(1));
    expect(told([sale])).toEqual(['submit shares/TWX/1 250 @ -99: -TWX (flatten)']);
    expect(sale.approved.checks).toMatchObject([
      { rule: 'session-hours', passed: true },
      { rule: 'share-collar', actual: 1, limit: 1 },
      { rule: 'fat-finger', actual: 250, limit: 50_000 },
      { rule: 'closes-held', actual: 0 },
      { rule: 'keeps-cover', actual: 0 },
    ]);
    day.at(2, { broker: [status(sale, 2, 'new'), day.fill(sale, 2, 180, [99.9], 'partially_filled')] });
    // The agent's own go first.
    expect(day.engine.view().record).toMatchObject({ shares: { TWX: 20 }, foreign: { TWX: 50 } });
    expect(told(day.at(5, { spot: 98 }))).toContain('cancel shares/TWX/1: order-timeout');
    const rest = submitIn(day.at(6, { spot: 98, broker: [status(sale, 6, 'canceled')] }));
    expect(told([rest])).toEqual(['submit shares/TWX/2 70 @ -97.02: -TWX (flatten)']);
    expect(rest.approved.order.clientOrderId).not.toBe(sale.approved.order.clientOrderId);
    day.at(7, { broker: [day.fill(rest, 7, 70, [97.5])] });
    const { shares, record, cash, fees, realized, halted } = day.engine.view();
    expect({ shares, own: record.shares, foreign: record.foreign, halted }).toEqual({
      shares: [],
      own: {},
      foreign: {},
      halted: 'out',
    });
    expect(cash).toBe(usd(25_000 + 180 * 99.9 + 70 * 97.5) - fees);
    expect(realized).toBe(usd(180 * 99.9 + 70 * 97.5 - 250 * 102));
    // Section 31 on 17,982 and 6,825 dollars at 18.40 a million, and the activity fee: each up to the cent.
    expect(fees).toBe(usd(0.34 + 0.03 + 0.13 + 0.01));
    expect(told(day.at(8))).toEqual([]);
  });

  it('asks for the quotes of the stock while shares of it are held, and sells by them, or says why not', () => {
    const day = flattened(holding(100, { shares: { TWX: 100 } }));
    const asked = (decisions: readonly Decision[]): readonly unknown[] =>
      decisions.flatMap((decision) => (decision.type === 'subscribe' ? [decision.symbols.includes('TWX')] : []));
    const quote = { symbol: 'TWX', at: minute(1), bid: 99.9, bidSize: 3, ask: 100.1, askSize: 3 };
    day.step({ type: 'market', at: minute(1), quotes: [quote], bars: [] });
    const first = day.at(1);
    expect(asked(first)).toEqual([true]);
    const sale = submitIn(first);
    expect([sale.approved.order.limit, sale.reason.text]).toEqual([
      -99.9,
      expect.stringContaining('by the quotes 99.9 x 100.1'),
    ]);
    expect(told(day.at(4))).toContain('cancel shares/TWX/1: order-timeout');
    const rest = submitIn(day.at(5, { broker: [status(sale, 5, 'canceled')] }));
    expect([rest.approved.order.limit, rest.reason.text]).toEqual([
      -99,
      expect.stringContaining('its quote is 240 s old'),
    ]);
    // With the last share the quotes are let go.
    expect(asked(day.at(6, { broker: [day.fill(rest, 6, 100, [99.5])] }))).toEqual([false]);
  });

  it('buys back the sold call first, and only then lets the shares go that cover it', () => {
    const day = flattened(WITH_CALL);
    const first = day.at(1);
    expect(told(first)).toEqual([`submit S3/close/1 1 @ 2.53: +${CALL} (flatten)`, 'note: keeps-cover']);
    const back = submitIn(first);
    expect(told(day.at(2))).toEqual([]);
    expect(told(day.at(3, { broker: [day.fill(back, 3, 1, [2.53])] }))).toEqual([
      'submit shares/TWX/1 100 @ -99: -TWX (flatten)',
    ]);
  });

  it('sells what no sold call needs meanwhile', () => {
    const more = { ...WITH_CALL, positions: [{ symbol: 'TWX', quantity: 130, averagePrice: 102, mark: 100 }] };
    const day = flattened({
      ...more,
      positions: [...more.positions, ...WITH_CALL.positions.slice(1)],
      shares: { TWX: 130 },
    });
    expect(told(day.at(1))).toEqual([
      `submit S3/close/1 1 @ 2.53: +${CALL} (flatten)`,
      'submit shares/TWX/1 30 @ -99: -TWX (flatten)',
    ]);
  });

  it('takes no call that somebody else holds for cover, but the bought one of the same package', () => {
    const WING = symbolAt(104, 'C');
    const legs = [...COVERED.legs, { symbol: WING, ratio: 1, intent: 'buy_to_open' }] as const;
    const positions = [...WITH_CALL.positions, { symbol: WING, quantity: 1, averagePrice: 1.4, mark: 1.4 }];
    const spread = flattened({ ...WITH_CALL, positions, structures: [{ ...COVERED, legs, shares: 0 }] });
    const [, sale] = told(spread.at(1));
    expect(sale).toBe('submit shares/TWX/1 100 @ -99: -TWX (flatten)');
    const apart = flattened({ ...WITH_CALL, positions, foreign: { [WING]: 1 } });
    expect(told(apart.at(1)).filter((line) => line.includes('shares/'))).toEqual([]);
  });

  it('buys back short shares, but not those that a sold put needs', () => {
    const short = { symbol: 'TWX', quantity: -100, averagePrice: 100, mark: 100 };
    const day = flattened(holding(-100, { positions: [short] }));
    expect(told(day.at(1))).toEqual(['submit shares/TWX/1 100 @ 101: +TWX (flatten)']);
    const PUT = symbolAt(96, 'P');
    const put = { symbol: PUT, quantity: -1, averagePrice: 1.3, mark: 1.3 };
    const covering = flattened(holding(-100, { positions: [short, put], foreign: { [PUT]: -1 } }));
    expect(told(covering.at(1)).filter((line) => line.includes('shares/') || line.startsWith('note'))).toEqual([
      'note: keeps-cover',
    ]);
  });

  it('takes a sale back when a late fill has sold a call that needs the shares', () => {
    const day = flattened(WITH_CALL);
    const back = submitIn(day.at(1));
    const sale = submitIn(day.at(3, { broker: [day.fill(back, 3, 1, [2.53])] }));
    // Sold by somebody else's hand: the books take it, no structure knows of it.
    const sold = day.fill(back, 4, 1, [2.5]);
    const execution = {
      ...sold.execution,
      executionId: 'by-hand',
      clientOrderId: 'by-hand',
      legs: [{ symbol: CALL, intent: 'sell_to_open', quantity: 1, price: 2.5 }] as const,
    };
    expect(told(day.at(4, { broker: [{ ...sold, execution }] }))).toEqual([
      'critical: foreign-execution',
      'cancel shares/TWX/1: keeps-cover',
    ]);
    expect(day.at(5, { broker: [status(sale, 5, 'canceled')] }).filter(({ type }) => type === 'submit')).toEqual([]);
  });

  it('sends no more at once than the house allows, and pauses after a rejection', () => {
    const day = flattened(holding(250), { risk: (risk) => ({ ...risk, orders: { ...risk.orders, maxContracts: 1 } }) });
    const sale = submitIn(day.at(1));
    expect(sale.approved.order.quantity).toBe(100);
    expect(told(day.at(2, { broker: [status(sale, 2, 'rejected', 'not now')] }))).toEqual(['warning: broker-rejected']);
    expect(told(day.at(3))).toEqual(['submit shares/TWX/2 100 @ -99: -TWX (flatten)']);
  });

  it('waits without a price, outside the session, and for nobody who only halts', () => {
    const unpriced = holding(100, { positions: [{ symbol: 'TWX', quantity: 100, averagePrice: 102, mark: null }] });
    const day = flattened(unpriced);
    expect(told(day.at(1, { spot: null }))).toEqual(['note: not-quoted']);
    expect(told(day.at(2))).toEqual(['submit shares/TWX/1 100 @ -99: -TWX (flatten)']);
    const halted = new Scenario({ only: ['covered-call'], takenOver: holding(100) });
    halted.step({ type: 'operator', at: minute(0), command: 'halt', by: 'tester', reason: 'news' });
    expect(told(halted.at(1))).toEqual(['note: shares-kept']);
  });

  it('more shares than were held, or a fill after the end, halt and are told', () => {
    const day = flattened(holding(100));
    const sale = submitIn(day.at(1));
    day.at(2, { broker: [day.fill(sale, 2, 100, [99.9])] });
    // Back to nothing.
    expect(told(day.at(3, { broker: [day.fill(sale, 3, 100, [99.9])] }))).toEqual([
      'critical: overfill',
      'submit shares/TWX/2 100 @ 101: +TWX (flatten)',
    ]);
    expect(day.engine.view().shares).toMatchObject([{ quantity: -100 }]);
  });
});
