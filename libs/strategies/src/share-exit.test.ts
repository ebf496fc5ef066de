import fc from 'fast-check';
import { expect, it } from 'vitest';
import { explainShareExit, type HeldShares, shareExitReason, type ShareExitSettings } from './share-exit.ts';

const SETTINGS: ShareExitSettings = { stopLoss: 0.3, viewLooks: 6, orphans: 'sell' };
const HELD: HeldShares = {
  quantity: 200,
  cost: 50,
  price: 50,
  optionsGain: 0,
  needed: 100,
  protectedByPuts: 0,
  lot: 100,
  looksDown: 0,
};

it.each([
  [{}, null],
  // 3,000 of 10,000 dollars; options have made up for one of them.
  [
    { price: 35 },
    'stop-loss: 200 shares and the options on them have lost 30% of what the shares cost, the limit is 30%',
  ],
  [{ price: 35, optionsGain: 1 }, null],
  [
    { price: 40, optionsGain: -1_000 },
    'stop-loss: 200 shares and the options on them have lost 30% of what the shares cost, the limit is 30%',
  ],
  [{ price: 1, cost: 0 }, null],
  [{ looksDown: 5 }, null],
  [{ looksDown: 6 }, 'view-turned: the view was strongly down at 6 looks in a row, 200 shares are sold at 6'],
  [
    { looksDown: 9, protectedByPuts: 100 },
    'view-turned: the view was strongly down at 9 looks in a row, 100 shares are sold at 6',
  ],
  [{ looksDown: 9, protectedByPuts: 200 }, null],
  [{ quantity: 237 }, 'orphaned-shares: of 137 free shares 37 are no whole 100, which the strategies here stand on'],
  [{ lot: null }, 'orphaned-shares: no strategy that may be opened here stands on shares, 100 are free'],
] as const)('%o: %s', (over, expected) => {
  const reason = shareExitReason({ ...HELD, ...over }, SETTINGS);
  expect(reason === null ? null : explainShareExit(reason)).toBe(expected);
});

it('never gives up more than is held, and without a loss or a view nothing that options stand on', () => {
  const held = fc.record({
    quantity: fc.integer({ min: 1, max: 1_000 }),
    cost: fc.double({ min: 0, max: 500, noNaN: true }),
    price: fc.double({ min: 0.01, max: 500, noNaN: true }),
    optionsGain: fc.double({ min: -5e4, max: 5e4, noNaN: true }),
    needed: fc.integer({ min: 0, max: 1_200 }),
    protectedByPuts: fc.integer({ min: 0, max: 1_200 }),
    lot: fc.option(fc.integer({ min: 1, max: 300 })),
    looksDown: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(held, (one) => {
      const reason = shareExitReason(one, SETTINGS);
      if (reason === null) return;
      expect(reason.quantity).toBeGreaterThan(0);
      expect(reason.quantity).toBeLessThanOrEqual(one.quantity);
      expect(reason.rule === 'orphaned-shares' || reason.actual >= reason.limit).toBe(true);
      expect(reason.structures !== 'none' || reason.quantity <= one.quantity - one.needed).toBe(true);
    }),
    { numRuns: 300 },
  );
});
