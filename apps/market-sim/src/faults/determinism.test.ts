import { micros } from '@trading-agent/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { admin, broker, listening, step, subscribed } from '../testing/sessions.ts';
import { CALL_740, CALL_750, CALL_760, atMinute, startTinySim } from '../testing/tiny-market.ts';
import { FaultDesk } from './fault-desk.ts';
import { type FaultRuleInput, parseFaultRule } from './fault-rule.ts';

const RULES: readonly FaultRuleInput[] = [
  { fault: 'reordered-events', room: 'options', every: 3, with: { by: 2 } },
  { fault: 'repeated-events', room: ['options', 'trades'], every: 2 },
  { fault: 'dropped-frames', room: 'options', every: 5, times: 3 },
  { fault: 'clock-skew', room: 'options', from: '09:33', with: { seconds: 2 } },
  { fault: 'partial-then-reject', after: 1 },
  { fault: 'fill-lost', after: 2 },
];

/** Everything that the day tells over its streams, frame by frame, and what the faults have counted. */
async function day(
  rules: readonly FaultRuleInput[],
): Promise<{ readonly frames: readonly string[]; readonly faults: unknown }> {
  const sim = await startTinySim({ faults: rules.map((rule) => parseFaultRule(rule, 'test')) });
  const quotes = await subscribed(sim, 'options', `Q.O:${CALL_740},Q.O:${CALL_750},Q.O:${CALL_760},T.*,AM.*`);
  const stream = await listening(sim);
  for (let minute = 1; minute <= 6; minute += 1) {
    await step(sim);
    const order = { symbol: CALL_740, qty: 2, side: 'buy', type: 'limit', limit_price: '13', time_in_force: 'day' };
    await broker(sim, 'POST', '/v2/orders', { ...order, client_order_id: `order-${minute}` });
  }
  await step(sim);
  const faults = await admin(sim, 'GET', 'faults');
  await sim.close();
  await Promise.all([quotes.untilClosed(), stream.untilClosed()]);
  return { frames: [...quotes.texts, ...stream.texts], faults };
}

it('the same market with the same requests has the same faults, byte for byte', async () => {
  const [first, second, plain] = [await day(RULES), await day(RULES), await day([])];
  expect(second).toEqual(first);
  expect(first.frames).not.toEqual(plain.frames);
  expect(first.faults).toMatchObject(RULES.map((rule) => ({ rule, struck: expect.any(Number) })));
});

it('strikes every so-many-th after the first ones, so many times (any numbers)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 7 }),
      fc.option(fc.integer({ min: 1, max: 10 }), { nil: null }),
      fc.integer({ min: 0, max: 80 }),
      (after, every, times, things) => {
        const desk = new FaultDesk(() => micros(atMinute(1)));
        desk.add(parseFaultRule({ fault: 'repeated-events', room: 'options', after, every, times }, 'test'));
        const struck = Array.from({ length: things }, (_, index) => index).filter(
          () => desk.strike('event', { room: 'options' }).length > 0,
        );
        const due = Array.from({ length: things }, (_, index) => index).filter(
          (index) => index >= after && (index - after) % every === 0,
        );
        expect(struck).toEqual(times === null ? due : due.slice(0, times));
        expect(desk.strike('event', { room: 'stocks' })).toEqual([]);
      },
    ),
  );
});
