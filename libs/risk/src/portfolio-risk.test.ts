import { optionContract } from '@trading-agent/instruments';
import { bookOf, COVERED_MARGIN, type HeldOption, marginOfBook, type MarginTerms } from '@trading-agent/portfolio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldOf } from './held.ts';
import { marginBefore } from './portfolio-risk.ts';
import { aContext } from './testing/situation.ts';

const CONTRACTS = ['C', 'P'].flatMap((right) =>
  [700, 750, 800].map((strike) => optionContract(`GOOG160115${right}00${strike}000`)),
);
const NAKED: MarginTerms = { ...COVERED_MARGIN, uncovered: true };

const options = fc.array(
  fc.record({ contract: fc.constantFrom(...CONTRACTS), quantity: fc.integer({ min: -2, max: 2 }) }),
  { maxLength: 5 },
);
/** One look at the account after the other. */
const looks = fc.array(
  fc.record({
    options,
    shares: fc.constantFrom(0, 0, 100, -100),
    spot: fc.constantFrom(740, 760),
    terms: fc.constantFrom(COVERED_MARGIN, NAKED),
  }),
  { minLength: 2, maxLength: 6 },
);

describe('the margin before an order', () => {
  it('is that of the positions and prices of the moment, whatever was seen before', () => {
    fc.assert(
      fc.property(looks, (moments) => {
        // Each moment twice in a row, and the first again at the end.
        for (const { options, shares, spot, terms } of [
          ...moments.flatMap((one) => [one, one]),
          ...moments.slice(0, 1),
        ]) {
          const holdings = {
            options: options.map((one) => ({ ...one })),
            stocks: [{ symbol: 'GOOG', quantity: shares }],
          };
          const market = { price: (symbol: string) => (symbol === 'GOOG' ? spot : spot / 50) };
          const context = aContext({ holdings, market, marginTerms: terms });
          const expected = marginOfBook(bookOf('GOOG', holdings), market, terms);
          expect(marginBefore(context, 'GOOG')).toEqual(expected);
          expect(marginBefore(context, 'TWX')).toEqual({ initial: 0, maintenance: 0, proven: true });
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is held of an underlying', () => {
  const long: HeldOption[] = CONTRACTS.slice(0, 2).map((contract) => ({ contract, quantity: 1 }));
  const held = (options: readonly HeldOption[], shares = 0) =>
    heldOf({ options, stocks: [{ symbol: 'GOOG', quantity: shares }] }, COVERED_MARGIN).get('GOOG');

  it('is the same object as long as nothing of it changes', () => {
    const first = held(long);
    expect(held(long.map((one) => ({ ...one })))).toBe(first);
    const changed = [
      held(long, 100),
      held(long.map((one) => ({ ...one, quantity: 2 }))),
      held(long.slice(1)),
      held([...long].reverse()),
    ];
    for (const one of changed) expect(one).not.toBe(first);
    expect(held([])).toBeUndefined();
    const mutable = long.map((one) => ({ ...one }));
    const before = held(mutable);
    for (const one of mutable) one.quantity = 5;
    expect(held(mutable)).not.toBe(before);
  });
});
