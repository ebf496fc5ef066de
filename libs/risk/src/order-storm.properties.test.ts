import { MICROS_PER_SECOND, seededRandom } from '@trading-agent/core';
import { type Order, type OrderLeg, optionSymbol, type PositionIntent, type Quote } from '@trading-agent/instruments';
import { after, AN_INSTANT } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateClosing } from './evaluate.ts';
import { OPENING_RULES } from './opening-rules.ts';
import { stormOfOrders } from './testing/order-storm.ts';
import { aContext, quotesOf } from './testing/situation.ts';

const [ONE, OTHER] = [optionSymbol('GOOG160115C00060000'), optionSymbol('GOOG160115P00060000')];

// The long run, 100,000 orders a seed: tools/risk/order-storm.ts.
describe('a storm of orders', () => {
  it('never gets an order through that breaks a limit', () => {
    const { approved, reduced, refusals } = stormOfOrders(seededRandom('storm-1'), 5_000);
    // A storm that lets nothing through would prove nothing, nor one in which a rule never speaks.
    expect(approved).toBeGreaterThan(60);
    expect(reduced).toBeGreaterThan(15);
    const silent = OPENING_RULES.map(({ code }) => code).filter((code) => !refusals.has(code));
    expect(silent).toEqual(['account-tradable', 'session-hours', 'tradable-contracts']);
  });

  it('never closes more than is held', () => {
    const close = fc.record({
      long: fc.integer({ min: -3, max: 6 }),
      short: fc.integer({ min: -6, max: 3 }),
      quantity: fc.integer({ min: 1, max: 6 }),
      ratio: fc.constantFrom(1, 2),
      first: fc.constantFrom<PositionIntent>('sell_to_close', 'sell_to_open', 'buy_to_close'),
    });
    let approved = 0;
    const quotes: Quote[] = [ONE, OTHER].map((symbol) => ({
      symbol,
      at: AN_INSTANT,
      bid: 1,
      bidSize: 1,
      ask: 2,
      askSize: 1,
    }));
    fc.assert(
      fc.property(close, ({ long, short, quantity, ratio, first }) => {
        const legs: OrderLeg[] = [
          { symbol: ONE, ratio: 1, intent: first },
          { symbol: OTHER, ratio, intent: 'buy_to_close' },
        ];
        const order: Order = {
          clientOrderId: 'x',
          underlying: 'GOOG',
          legs,
          quantity,
          type: 'limit',
          limit: 1,
          timeInForce: 'day',
        };
        const held = (symbol: string): number => (symbol === ONE ? long : short);
        const verdict = evaluateClosing(
          { order, held },
          aContext({ quote: quotesOf(quotes), at: after(1 / MICROS_PER_SECOND) }),
        );
        const fits =
          -short >= ratio * quantity &&
          (first === 'sell_to_close' ? long >= quantity : first === 'buy_to_close' && -long >= quantity);
        expect(verdict.kind).toBe(fits ? 'approved' : 'refused');
        if (fits) approved++;
      }),
      { numRuns: 1_000 },
    );
    expect(approved).toBeGreaterThan(20);
  });
});
