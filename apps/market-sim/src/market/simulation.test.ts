import { requireSession } from '@trading-agent/calendar';
import { usd } from '@trading-agent/core';
import type { RequestTiming } from '@trading-agent/exchange';
import { type OptionSymbol, type Order, sideOf } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALL_740, CALL_750, CALL_760, DATE, PUT_740, tinyDay } from '../testing/tiny-market.ts';
import type { OrderUpdate } from './order-book.ts';
import { RequestJournal } from './request-journal.ts';
import { Simulation } from './simulation.ts';

function simulation(journal = RequestJournal.inMemory(), requestTiming: RequestTiming = 'at-once'): Simulation {
  return new Simulation({
    requestTiming,
    day: tinyDay(),
    session: requireSession(DATE),
    accountNumber: 'TEST',
    cash: usd(80_000),
    journal,
  });
}

const SYMBOLS: readonly OptionSymbol[] = [CALL_740, CALL_750, CALL_760, PUT_740];

type Action =
  | { readonly kind: 'advance' }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'replace'; readonly which: number; readonly cents: number; readonly quantity: number }
  | { readonly kind: 'exercise' | 'decline' | 'close'; readonly which: number }
  | { readonly kind: 'submit'; readonly order: Omit<Order, 'clientOrderId'> };

const legs = fc.oneof(
  fc
    .record({ symbol: fc.constantFrom(...SYMBOLS), intent: fc.constantFrom('buy_to_open', 'sell_to_close') })
    .map(({ symbol, intent }) => [{ symbol, ratio: 1, intent }] as const),
  fc.constant([
    { symbol: CALL_750, ratio: 1, intent: 'buy_to_open' },
    { symbol: CALL_760, ratio: 1, intent: 'sell_to_open' },
  ] as const),
);
const submit = fc
  .record({ legs, quantity: fc.integer({ min: 1, max: 4 }), cents: fc.integer({ min: 1, max: 1_300 }) })
  .map(({ legs: chosen, quantity, cents }): Action => {
    const sale = chosen.length === 1 && sideOf(chosen[0].intent) === 'sell';
    const limit = (sale ? -cents : cents) / 100;
    return {
      kind: 'submit',
      order: { underlying: 'GOOG', legs: chosen, quantity, type: 'limit', limit, timeInForce: 'day' },
    };
  });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: submit },
  { weight: 2, arbitrary: fc.constant({ kind: 'advance' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(10) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      which: fc.nat(10),
      cents: fc.integer({ min: 1, max: 1_300 }),
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('exercise', 'decline', 'close'), which: fc.nat(3) }),
  },
);

function state(sim: Simulation): unknown {
  return {
    step: sim.step,
    now: sim.now,
    account: sim.account,
    positions: sim.positions,
    orders: sim.orders.records(),
    activities: sim.activities,
    curve: [...sim.equityCurve],
    nbbo: SYMBOLS.map((symbol) => sim.nbbo(symbol)),
  };
}

/** Once a call has been exercised there are some. */
function sharesSold(number: number): Order {
  return {
    clientOrderId: `order ${number}`,
    underlying: 'GOOG',
    legs: [{ symbol: 'GOOG', ratio: 1, intent: 'sell_to_close' }],
    quantity: 50,
    type: 'market',
    limit: null,
    timeInForce: 'day',
  };
}

function perform(sim: Simulation, what: Action, number: number): void {
  if (what.kind === 'advance') sim.advance();
  else if (what.kind === 'submit') sim.submit({ ...what.order, clientOrderId: `order ${number}` });
  else if (what.kind === 'cancel' || what.kind === 'replace') {
    const record = sim.orders.records()[what.which];
    if (record === undefined) return;
    if (what.kind === 'cancel') sim.cancel([record.brokerOrderId]);
    else {
      const limit = (Math.sign(record.order.limit ?? 1) * what.cents) / 100;
      sim.replace(record.brokerOrderId, { clientOrderId: `order ${number}`, limit, quantity: what.quantity });
    }
  } else {
    const symbol = sim.positions[what.which]?.symbol ?? CALL_740;
    if (what.kind === 'exercise') sim.exercise(symbol);
    else if (what.kind === 'decline') sim.doNotExercise(symbol);
    else sim.submit(sharesSold(number));
  }
}

describe('a simulation', () => {
  it.each<RequestTiming>(['at-once', 'next-step'])('is at every step what its journal makes of it (%s)', (timing) => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const journal = RequestJournal.inMemory();
        const sim = simulation(journal, timing);
        const states = new Map<number, unknown>([[-1, state(sim)]]);
        const updates = new Map<number, OrderUpdate[]>();
        sim.onRequestUpdates = (list) => updates.set(sim.step, [...(updates.get(sim.step) ?? []), ...list]);
        for (const [number, what] of actions.entries()) {
          perform(sim, what, number);
          states.set(sim.step, state(sim));
        }
        for (const step of [...states.keys()].toReversed()) {
          expect(sim.rebuild(step).updates).toEqual(updates.get(step) ?? []);
          expect(state(sim)).toEqual(states.get(step));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('tells the same of orders and positions as the exchange itself', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const sim = simulation();
        const held = new Map<string, number>();
        const hear = (updates: readonly OrderUpdate[]): void => {
          for (const { positionsAfter } of updates)
            for (const [symbol, quantity] of positionsAfter) held.set(symbol, quantity);
        };
        sim.onRequestUpdates = hear;
        for (const [number, what] of actions.entries()) {
          if (what.kind === 'advance') hear(sim.advance()?.updates ?? []);
          else perform(sim, what, number);
          if (what.kind !== 'exercise') continue;
          // An exercise is told by no stream: positions are read anew after it.
          held.clear();
          for (const { symbol, quantity } of sim.positions) held.set(symbol, quantity);
        }
        const told = [...held].filter(([, quantity]) => quantity !== 0);
        const there = sim.positions.map(({ symbol, quantity }): [string, number] => [symbol, quantity]);
        const bySymbol = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1);
        expect(told.sort(bySymbol)).toEqual(there.sort(bySymbol));
        const times = sim.orders.records().map(({ submittedAt, submittedRank }) => `${submittedAt} ${submittedRank}`);
        expect(new Set(times).size).toBe(times.length);
      }),
      { numRuns: 60 },
    );
  });

  it('begins at the opening, and refuses a step the day does not have', () => {
    const sim = simulation();
    expect(sim.now).toBe(requireSession(DATE).open);
    expect(() => sim.rebuild(6)).toThrow(/steps 0 to 5/);
    expect(() => sim.rebuild(-2)).toThrow(/steps 0 to 5/);
    expect(sim.step).toBe(-1);
  });
});
