import { addDays, marketDate } from '@trading-agent/core';
import { type OptionContract, formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SlotRequest, assignQuoteSlots } from './quote-slots.ts';

const DATE = marketDate('2026-03-02');
const contract = (root: string, days: number, strike: number): OptionContract =>
  optionContract(formatOptionSymbol({ root, expiry: addDays(DATE, days), right: 'call', strike }));
const symbolOf = (root: string, days: number, strike: number) => contract(root, days, strike).symbol;

function request(over: Partial<SlotRequest> = {}): SlotRequest {
  const contracts = ['AAA', 'BBB'].flatMap((root) =>
    [7, 30].flatMap((days) => Array.from({ length: 41 }, (_, index) => contract(root, days, 80 + index))),
  );
  return {
    contracts,
    needed: new Set(),
    current: new Set(),
    spot: () => 100,
    date: DATE,
    dte: { min: 1, max: 45 },
    slots: 20,
    ...over,
  };
}

it('nearest the money first, far expiries with wider strikes, an even share for each underlying', () => {
  const { symbols } = assignQuoteSlots(request({ slots: 12 }));
  expect(symbols).toEqual(
    ['AAA', 'BBB']
      .flatMap((root) => [
        symbolOf(root, 7, 100),
        ...[98, 99, 100, 101, 102].map((strike) => symbolOf(root, 30, strike)),
      ])
      .sort(),
  );
});

it('held positions and working orders come first, whatever their distance and even when adjusted or out of reach', () => {
  const far = symbolOf('AAA', 30, 120);
  const late = symbolOf('CCC', 400, 10);
  const { symbols } = assignQuoteSlots(request({ slots: 3, needed: new Set([far, late]) }));
  expect(symbols).toContain(far);
  expect(symbols).toContain(late);
  expect(symbols).toHaveLength(3);
});

it('without a slot for all that is needed it says for which', () => {
  const needed = [90, 91, 92].map((strike) => symbolOf('AAA', 7, strike));
  expect(assignQuoteSlots(request({ slots: 2, needed: new Set(needed) }))).toMatchObject({
    symbols: needed.slice(0, 2),
    unserved: needed.slice(2),
  });
});

it('what one underlying does not use, another gets', () => {
  const { symbols } = assignQuoteSlots(request({ slots: 60, spot: (root) => (root === 'AAA' ? 100 : null) }));
  expect(symbols).toHaveLength(60);
  expect(symbols.every((symbol) => symbol.startsWith('AAA'))).toBe(true);
});

it('of equal distance the more liquid one', () => {
  const [one, other] = [optionContract(symbolOf('AAA', 7, 100)), optionContract('AAA260309P00100000')];
  const taken = (liquid: string): readonly string[] =>
    assignQuoteSlots(
      request({ contracts: [one, other], slots: 1, liquidity: (symbol) => (symbol === liquid ? 10 : 1) }),
    ).symbols;
  expect([taken(one.symbol), taken(other.symbol)]).toEqual([[one.symbol], [other.symbol]]);
});

describe('whatever the market', () => {
  const anyRequest = fc
    .record({
      slots: fc.integer({ min: 0, max: 200 }),
      spots: fc.tuple(fc.integer({ min: 60, max: 140 }), fc.integer({ min: 60, max: 140 })),
      held: fc.subarray(
        request().contracts.map(({ symbol }) => symbol),
        { maxLength: 10 },
      ),
    })
    .map(({ slots, spots, held }) =>
      request({ slots, spot: (root) => (root === 'AAA' ? spots[0] : spots[1]), needed: new Set(held) }),
    );

  it('no more than there are slots, everything needed as far as they go, the difference adds up', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, (before, now) => {
        const current = new Set(assignQuoteSlots(before).symbols);
        const { symbols, add, drop, unserved } = assignQuoteSlots({ ...now, current });
        expect(symbols.length).toBe(Math.min(now.slots, 164));
        expect([...now.needed].filter((symbol) => !symbols.includes(symbol)).sort()).toEqual([...unserved]);
        expect(
          [...current]
            .filter((symbol) => !drop.includes(symbol))
            .concat(add)
            .sort(),
        ).toEqual([...symbols]);
      }),
      { numRuns: 60 },
    );
  });

  it('the order of the list does not matter, and the answer stays as it is while nothing happens', () => {
    fc.assert(
      fc.property(anyRequest, (asked) => {
        const first = assignQuoteSlots(asked);
        expect(assignQuoteSlots({ ...asked, contracts: asked.contracts.toReversed() })).toEqual(first);
        const again = assignQuoteSlots({ ...asked, current: new Set(first.symbols) });
        expect([again.add, again.drop]).toEqual([[], []]);
      }),
      { numRuns: 60 },
    );
  });

  it('a price that flickers moves nothing', () => {
    const first = assignQuoteSlots(request());
    const current = new Set(first.symbols);
    for (const spot of [100.05, 99.95, 100.1])
      expect(assignQuoteSlots(request({ current, spot: () => spot }))).toMatchObject({ add: [], drop: [] });
    expect(assignQuoteSlots(request({ current, spot: () => 106 })).add.length).toBeGreaterThan(0);
  });
});
