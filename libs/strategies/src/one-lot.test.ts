import { loadSettings, onlyStrategies } from '@trading-agent/config';
import { usdToNumber } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildStructures } from './build.ts';
import type { Candidate } from './candidate.ts';
import { cheapestLoss } from './one-lot.ts';
import { aChainView } from './testing/chain.ts';

const { strategies: BOOK } = loadSettings({ env: {}, cwd: import.meta.dirname });
const only = (...names: readonly string[]) => onlyStrategies(BOOK, names);
const CHAIN = aChainView();

describe('the cheapest unit', () => {
  it('is the one with the smallest loss among the strikes a strategy may take', () => {
    // Calls with a delta of 0.25 at least: that on 105 is offered at 1.20. Puts with one of -0.25 at least: that on 96, at 1.36.
    expect([BOOK['long-call']?.delta.min, BOOK['long-put']?.delta.min]).toEqual([0.25, 0.25]);
    expect(cheapestLoss(CHAIN, only('long-call'))).toBe(120);
    expect(cheapestLoss(CHAIN, only('long-put'))).toBe(136);
    expect(cheapestLoss(CHAIN, only('long-put', 'long-call'))).toBe(120);
  });

  it('needs no shares, and is none where nothing can be built', () => {
    expect(cheapestLoss(CHAIN, only('covered-call', 'protective-put', 'collar'))).toBe(null);
    expect(cheapestLoss(aChainView({ quotes: [] }), BOOK)).toBe(null);
    expect(cheapestLoss(CHAIN, only())).toBe(null);
  });

  it('is the first that is cheap enough where such a one will do', () => {
    const least = cheapestLoss(CHAIN, BOOK) ?? Number.NaN;
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_000, noNaN: true }), (enough) => {
        const found = cheapestLoss(CHAIN, BOOK, enough) ?? Number.NaN;
        expect(found <= enough || found === least).toBe(true);
        expect(found <= enough).toBe(least <= enough);
      }),
      { numRuns: 40 },
    );
  });

  it('beyond what one trade may lose means that a ranking finds no unit that fits, whatever the view', () => {
    const least = cheapestLoss(CHAIN, BOOK) ?? Number.NaN;
    const fitting = (budget: number) =>
      Object.entries(BOOK).flatMap(([name, settings]) => {
        const within = ({ maxLossPerUnit }: Candidate) => usdToNumber(maxLossPerUnit) <= budget;
        const built = buildStructures(name, CHAIN, settings, within);
        return 'reason' in built ? [] : built.filter((one) => one.shares === 0 && within(one));
      });
    expect([0, least / 2, least - 0.01].flatMap(fitting)).toEqual([]);
    expect(fitting(least).map(({ maxLossPerUnit }) => usdToNumber(maxLossPerUnit))).toContain(least);
    expect(fitting(500).length).toBeGreaterThan(5);
  });
});
