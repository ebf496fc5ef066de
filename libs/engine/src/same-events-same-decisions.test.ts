import type { BrokerEvent } from '@trading-agent/broker';
import { canonicalJson, marketDate } from '@trading-agent/core';
import { signalOf } from '@trading-agent/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TradingEngine } from './engine.ts';
import type { EngineEvent } from './events.ts';
import { RunRecorder } from './report.ts';
import { CALL, Scenario, status, type Submit } from './testing/scenario.ts';

const weather = fc.array(
  fc.record({
    probability: fc.constantFrom(0.2, 0.44, 0.5, 0.56, 0.8),
    spot: fc.constantFrom(99, 99.5, 100, 100, 100.5, null),
    call: fc.constantFrom(null, [2.43, 2.53] as const, [1, 1.1] as const, [4, 4.1] as const, [null, 2] as const),
    answer: fc.constantFrom('fill', 'fill', 'half', 'new', 'canceled', 'rejected', 'silence'),
  }),
  { minLength: 20, maxLength: 60 },
);

/** A day in which the broker answers as the weather says. */
function play(minutes: typeof weather extends fc.Arbitrary<infer T> ? T : never): {
  day: Scenario;
  decisions: string[];
  orders: number;
} {
  const day = new Scenario();
  const decisions: string[] = [];
  const live: Submit[] = [];
  let orders = 0;
  for (const [index, { probability, spot, call, answer }] of minutes.entries()) {
    day.probability = probability;
    const broker: BrokerEvent[] = [];
    const [oldest] = live;
    if (oldest !== undefined && answer !== 'silence') {
      const { quantity, legs } = oldest.approved.order;
      const prices = legs.map(() => 1.5);
      if (answer === 'fill') broker.push(day.fill(oldest, index + 1, quantity, prices));
      else if (answer === 'half') broker.push(day.fill(oldest, index + 1, 1, prices, 'partially_filled'));
      else broker.push(status(oldest, index + 1, answer));
      if (answer !== 'new' && answer !== 'half') live.shift();
    }
    for (const decision of day.at(index + 1, { spot, broker, quotes: call === null ? {} : { [CALL]: call } })) {
      decisions.push(canonicalJson(decision));
      if (decision.type === 'submit') {
        live.push(decision);
        orders++;
      }
    }
  }
  return { day, decisions, orders };
}

function fingerprintOf(
  events: readonly EngineEvent[],
  engine: TradingEngine,
): { decisions: string[]; fingerprint: string } {
  const recorder = new RunRecorder(marketDate('2015-12-24'));
  const decisions: string[] = [];
  for (const event of events) {
    const result = engine.step(event);
    recorder.record(event, result);
    decisions.push(...result.decisions.map((decision) => canonicalJson(decision)));
  }
  return { decisions, fingerprint: recorder.report(engine.view()).fingerprint };
}

describe('the same events', () => {
  it('give the same decisions, byte for byte, also when they come back from a journal', () => {
    let orders = 0;
    fc.assert(
      fc.property(weather, (minutes) => {
        const first = play(minutes);
        orders += first.orders;
        const again = play(minutes);
        expect(again.decisions).toEqual(first.decisions);

        // The model's answer is part of the configuration: the day is replayed with the answers in the same order; one more would throw.
        const replayed = (events: readonly EngineEvent[]): ReturnType<typeof fingerprintOf> => {
          const { config } = new Scenario();
          let index = 0;
          const engine = new TradingEngine({
            ...config,
            model: {
              ...config.model,
              predict: () => first.day.signals[index++] ?? signalOf(Number.NaN, 0),
            },
          });
          return fingerprintOf(events, engine);
        };
        const journal: EngineEvent[] = JSON.parse(JSON.stringify(first.day.events));
        const [live, fromJournal] = [replayed(first.day.events), replayed(journal)];
        expect(fromJournal).toEqual(live);
        expect(live.decisions).toEqual(first.decisions);
      }),
      { numRuns: 60 },
    );
    expect(orders).toBeGreaterThan(60);
  });
});
