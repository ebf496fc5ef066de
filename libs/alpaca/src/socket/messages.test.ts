import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated, thrown } from '@trading-agent/testkit';
import { PACKAGE_FILL, PACKAGE_ORDER, SINGLE_FILL, SINGLE_ORDER } from '../testing/wire-examples.ts';
import { parseTradeUpdate } from './messages.ts';

it('reads a partial fill of one leg, its time to the microsecond', () => {
  expect(parseTradeUpdate(SINGLE_FILL)).toEqual({
    kind: 'execution',
    at: 1702416950102449,
    brokerOrderId: SINGLE_ORDER.id,
    status: 'partially_filled',
    execution: {
      executionId: SINGLE_FILL.execution_id,
      clientOrderId: SINGLE_ORDER.client_order_id,
      at: 1702416950102449,
      quantity: 1,
      legs: [{ symbol: 'AAPL250620C00100000', intent: 'buy_to_open', quantity: 1, price: 9.95 }],
    },
  });
});

it('reads a fill of a package with the price and quantity of each leg', () => {
  expect(parseTradeUpdate(PACKAGE_FILL)).toMatchObject({
    kind: 'execution',
    status: 'filled',
    brokerOrderId: PACKAGE_ORDER.id,
    execution: {
      executionId: PACKAGE_FILL.event_id,
      clientOrderId: PACKAGE_ORDER.client_order_id,
      quantity: 1,
      legs: [
        { symbol: 'AAPL241213C00250000', intent: 'buy_to_open', quantity: 3, price: 0.43 },
        { symbol: 'AAPL241213C00260000', intent: 'sell_to_open', quantity: 1, price: 0.01 },
      ],
    },
  });
});

it('makes the id of a package fill from those of its legs, in whatever order, when the event has none', () => {
  const idOf = (over: object): string => {
    const event = parseTradeUpdate({ ...PACKAGE_FILL, event_id: undefined, ...over });
    return event.kind === 'execution' ? event.execution.executionId : '';
  };
  expect(idOf({})).toBe(idOf({ legs: PACKAGE_FILL.legs.toReversed() }));
  const others = PACKAGE_FILL.legs.map((leg) => ({ ...leg, execution_id: `${leg.execution_id}x` }));
  expect(idOf({ legs: others })).not.toBe(idOf({}));
});

describe('events that are no fills', () => {
  it.each([
    ['new', 'new'],
    ['accepted', 'new'],
    ['pending_cancel', 'new'],
    ['order_cancel_rejected', 'new'],
    ['unheard_of', 'new'],
    ['canceled', 'canceled'],
    ['expired', 'expired'],
    ['replaced', 'canceled'],
    ['rejected', 'rejected'],
  ])('%s means %s', (event, status) => {
    expect(parseTradeUpdate({ event, timestamp: '2023-12-12T21:35:50Z', order: SINGLE_ORDER })).toEqual({
      kind: 'order',
      at: 1702416950000000,
      clientOrderId: SINGLE_ORDER.client_order_id,
      brokerOrderId: SINGLE_ORDER.id,
      status,
    });
  });

  it('carry the reason of a rejection, and pass for stock as well', () => {
    const order = { ...SINGLE_ORDER, symbol: 'AAPL', asset_class: 'us_equity' };
    expect(
      parseTradeUpdate({ event: 'rejected', reason: 'why', timestamp: '2023-12-12T21:35:50Z', order }),
    ).toMatchObject({
      status: 'rejected',
      reason: 'why',
    });
  });
});

it.each(['trade_bust', 'trade_correct'])('%s can not be expressed: the books are in doubt', (event) => {
  expect(() => parseTradeUpdate({ ...SINGLE_FILL, event })).toThrow(
    expect.objectContaining({ code: 'BROKER_DISAGREES' }),
  );
});

it.each([
  ['a fill without price', { ...SINGLE_FILL, price: null }],
  ['a fill without id', { ...SINGLE_FILL, execution_id: null, event_id: null }],
  ['a fill of nothing', { ...SINGLE_FILL, qty: '0' }],
  ['a fill of a package without legs', { ...PACKAGE_FILL, legs: null }],
  ['a fill of coins', { ...SINGLE_FILL, order: { ...SINGLE_ORDER, symbol: 'ETH/USD' } }],
  ['a fraction of a share', { ...SINGLE_FILL, qty: '0.5', order: { ...SINGLE_ORDER, symbol: 'AAPL' } }],
  ['no time', { ...SINGLE_FILL, timestamp: null }],
  ['no order', { event: 'new' }],
  ['nothing', null],
])('%s is a bad message', (_name, data) => {
  expect(() => parseTradeUpdate(data)).toThrow(expect.objectContaining({ code: 'BROKER_BAD_MESSAGE' }));
});

it('reads or refuses, whatever a vendor does to an update', () => {
  for (const original of [PACKAGE_FILL, SINGLE_FILL]) {
    fc.assert(
      fc.property(mutated(original), (data) => {
        expect(['none', 'TradingError']).toContain(thrown(() => parseTradeUpdate(data)));
      }),
      { numRuns: 500 },
    );
  }
  expect.hasAssertions();
});
