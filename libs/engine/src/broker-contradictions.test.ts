import type { BrokerEvent } from '@trading-agent/broker';
import { addUsd, notional, subtractUsd, usd } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALL, Scenario, status, type Submit, submitIn, symbolAt, told } from './testing/scenario.ts';

const LOW = { [CALL]: [1, 1.1] } as const;

function opened(): { day: Scenario; open: Submit } {
  const day = new Scenario({ only: ['long-call'] });
  day.at(1);
  return { day, open: submitIn(day.at(5)) };
}

describe('a fill after the last word on its order', () => {
  it.each(['canceled', 'expired'] as const)('(%s) is held and looked after; somebody is told', (word) => {
    const { day, open } = opened();
    day.at(6, { broker: [status(open, 6, word)] });
    expect(told(day.at(7, { broker: [day.fill(open, 6, 1, [2.53])] }))).toEqual(['warning: late-execution']);
    expect([day.held(), day.engine.view().halted]).toEqual([1, null]);
    expect(told(day.at(10))).toEqual(['note: already-held']);
    expect(told(day.at(11, { quotes: LOW }))).toEqual([`submit S1/close/1 1 @ -1: -${CALL} (stop-loss)`]);
  });

  it('(rejected) contradicts it: it is looked after, and new risk is halted', () => {
    const { day, open } = opened();
    day.at(6, { broker: [status(open, 6, 'rejected')] });
    expect(told(day.at(7, { broker: [day.fill(open, 6, 2, [2.53])] }))).toEqual(['critical: fill-after-rejection']);
    expect([day.held(), day.engine.view().halted]).toEqual([2, 'fill-after-rejection']);
    expect(told(day.at(8, { quotes: LOW }))).toEqual([`submit S1/close/1 2 @ -1: -${CALL} (stop-loss)`]);
  });
});

describe('a broker that does not count as we do', () => {
  it('fills more than was ordered: all of it is closed, new risk is halted', () => {
    const { day, open } = opened();
    const events = [day.fill(open, 6, 2, [2.53]), day.fill(open, 6, 1, [2.53])];
    expect(told(day.at(6, { broker: events }))).toEqual(['critical: overfill']);
    expect(day.held()).toBe(3);
    expect(told(day.at(7, { quotes: LOW }))).toEqual([`submit S1/close/1 3 @ -1: -${CALL} (stop-loss)`]);
  });

  it('calls an order filled of which a part is missing: the rest still counts, until it comes', () => {
    const { day, open } = opened();
    expect(told(day.at(6, { broker: [day.fill(open, 6, 1, [2.53], 'filled')] }))).toEqual([
      'critical: missing-execution',
      // Nobody knows what the order still brings, and it would be new risk.
      'cancel S1/open/1: halted',
    ]);
    expect(day.engine.view().halted).toBe('missing-execution');
    expect(told(day.at(7, { broker: [day.fill(open, 6, 1, [2.53], 'partially_filled')] }))).toEqual([]);
    expect(day.held()).toBe(2);
    // The order is over now: nothing is left to be cancelled.
    expect(told(day.at(9))).toEqual([]);
  });

  it('fills a package by halves: the ledger has it, new risk is halted', () => {
    const day = new Scenario({ only: ['bull-call-spread'] });
    day.probability = 0.56;
    day.at(1);
    const decisions = day.at(5);
    const open = submitIn(decisions.filter(({ type }) => type === 'submit'));
    const whole = day.fill(open, 6, 1, [3.5, 2.43]);
    const half = { ...whole, execution: { ...whole.execution, legs: whole.execution.legs.slice(0, 1) } };
    expect(told(day.at(6, { broker: [half] }))).toEqual(['critical: execution-mismatch', 'cancel S1/open/1: halted']);
    expect([day.held(symbolAt(99, 'C')), day.engine.view().halted]).toEqual([1, 'execution-mismatch']);
  });
});

describe('a package that fills unevenly', () => {
  it('is no package: the ledger has it, new risk is halted', () => {
    const day = new Scenario({ only: ['bull-call-spread'] });
    day.probability = 0.56;
    day.at(1);
    const open = submitIn(day.at(5).filter(({ type }) => type === 'submit'));
    const { execution, ...event } = day.fill(open, 6, 1, [3.5, 2.43]);
    const legs = execution.legs.map((leg, index) => ({ ...leg, quantity: index + 1 }));
    expect(told(day.at(6, { broker: [{ ...event, execution: { ...execution, legs } }] }))).toEqual([
      'critical: execution-mismatch',
      'cancel S1/open/1: halted',
    ]);
    expect([day.held(symbolAt(99, 'C')), day.held()]).toEqual([1, -2]);
  });
});

describe('whatever the order of arrival', () => {
  const arrival = fc.record({
    units: fc.constantFrom([2], [1, 1]),
    words: fc.subarray(['new', 'canceled', 'expired', 'rejected'] as const),
    order: fc.array(fc.nat(1_000), { minLength: 8, maxLength: 8 }),
    doubled: fc.boolean(),
    steps: fc.integer({ min: 1, max: 3 }),
  });

  it('each execution is booked once, and what is held is closed to the last contract', () => {
    let late = 0;
    fc.assert(
      fc.property(arrival, ({ units, words, order, doubled, steps }) => {
        const { day, open } = opened();
        const fills = units.map((count, index) =>
          day.fill(open, 6, count, [2.53], index === units.length - 1 ? 'filled' : 'partially_filled'),
        );
        const events: BrokerEvent[] = [
          ...fills,
          ...(doubled ? fills : []),
          ...words.map((word) => status(open, 6, word)),
        ];
        const shuffled = events
          .map((event, index) => ({ event, rank: order[index] ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ event }) => event);
        const size = Math.ceil(shuffled.length / steps);
        const decisions = [0, 1, 2].flatMap((step) =>
          day.at(6 + step / 10, { spot: null, broker: shuffled.slice(step * size, (step + 1) * size) }),
        );
        if (told(decisions).some((line) => line.includes('late-execution'))) late++;

        const view = day.engine.view();
        expect(day.held()).toBe(2);
        expect(view.cash).toBe(subtractUsd(addUsd(usd(25_000), notional(2.53, -2, 100)), view.fees));

        const close = submitIn(day.at(7, { quotes: LOW }).filter(({ type }) => type === 'submit'));
        expect(close.approved.order.quantity).toBe(2);
        day.at(8, { quotes: LOW, broker: [day.fill(close, 8, 2, [1])] });
        expect(day.engine.view().positions).toEqual([]);
        expect(told(day.at(9, { quotes: LOW })).filter((line) => line.startsWith('submit'))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(late).toBeGreaterThan(10);
  });
});
