import { assertValidOrder, midpoint } from '@trading-agent/instruments';
import { expect, it } from 'vitest';
import {
  A_CALL,
  A_HIGHER_CALL,
  aBar,
  aMarketDay,
  aQuote,
  aStep,
  aVertical,
  after,
  anOrder,
  approved,
} from './builders.ts';

it('builds orders that keep every rule', () => {
  for (const order of [anOrder(), aVertical()]) {
    expect(() => assertValidOrder(order)).not.toThrow();
    expect(approved(order).order).toBe(order);
  }
});

it('builds a bar and a quote that belong to the same minute', () => {
  expect(aBar().end - aBar().start).toBe(60_000_000);
  expect(aBar().end).toBe(aQuote().at);
  expect(midpoint(aQuote())).toBeCloseTo(12.4, 12);
});

it('builds a day that lists what its steps quote, in canonical order', () => {
  const quotes = [aQuote({ symbol: A_HIGHER_CALL }), aQuote(), aQuote({ symbol: 'GOOG' })];
  const day = aMarketDay({ steps: [aStep({ quotes }), aStep({ at: after(60) })] });
  expect(day.contracts.map((contract) => contract.symbol)).toEqual([A_CALL, A_HIGHER_CALL]);
});
