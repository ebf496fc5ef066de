import { loadSettings } from '@trading-agent/config';
import { scaleUsd, usd } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstStanding, standingAtOpen, standingDuring, tierFor, tierOfStanding, type TierStanding } from './index.ts';

const table = loadSettings({ env: {}, cwd: import.meta.dirname }).tiers;

/** Tier and sessions waited after sessions that began with these balances. */
function after(balances: readonly number[], from: TierStanding = { tier: 'small', waited: 0 }): TierStanding {
  return balances.reduce((standing, balance) => standingAtOpen(standing, usd(balance), table).standing, from);
}

describe('promotion', () => {
  it('waits for three sessions in a row that begin two percent above the boundary', () => {
    expect(after([10_200])).toEqual({ tier: 'small', waited: 1 });
    expect(after([10_200, 10_500])).toEqual({ tier: 'small', waited: 2 });
    expect(after([10_200, 10_500, 10_200])).toEqual({ tier: 'medium', waited: 0 });
    // One session below the margin, and the count begins anew.
    expect(after([10_200, 10_500, 10_199.99, 10_300, 10_300])).toEqual({ tier: 'small', waited: 2 });
  });

  it('goes to the tier of the balance, not only to the next', () => {
    expect(after([60_000, 60_000, 60_000])).toEqual({ tier: 'large', waited: 0 });
  });

  it('tells the numbers before and after', () => {
    const { change } = standingAtOpen({ tier: 'small', waited: 2 }, usd(10_400), table);
    expect(change).toMatchObject({ kind: 'promotion', from: 'small', to: 'medium', balance: usd(10_400) });
    expect(change?.text).toBe(
      'Tier small -> medium: 3 sessions in a row began at least 2% above 10000.00, this one with 10400.00',
    );
  });
});

describe('demotion', () => {
  it('is immediate, at the opening and within the session, and tells its numbers', () => {
    expect(after([9_999.99], { tier: 'medium', waited: 0 })).toEqual({ tier: 'small', waited: 0 });
    const { standing, change } = standingDuring({ tier: 'large', waited: 1 }, usd(9_000), table);
    expect(standing).toEqual({ tier: 'small', waited: 0 });
    expect(change?.text).toBe(
      'Tier large -> small: the balance of 9000.00 is below the 50000.00 from which large begins',
    );
    expect(standingDuring({ tier: 'medium', waited: 0 }, usd(10_000), table).change).toBe(null);
  });

  it('holds for a tier that is no longer in the table: it counts as the lowest', () => {
    expect(after([500], { tier: 'gone', waited: 0 })).toEqual({ tier: 'gone', waited: 0 });
    expect(tierOfStanding({ tier: 'gone', waited: 0 }, usd(50_000), table, 'medium').name).toBe('micro');
  });
});

it('a new account stands in the tier of its balance', () => {
  for (const balance of [0, 999.99, 1_000, 25_000, 1e6])
    expect(firstStanding(usd(balance), table).tier).toBe(tierFor(usd(balance), table, 'medium').name);
});

describe('a balance around a boundary', () => {
  it('does not flap: between two promotions lie as many sessions as they wait', () => {
    const walk = fc.array(fc.double({ min: 9_000, max: 11_500, noNaN: true }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(walk, (balances) => {
        let standing: TierStanding = { tier: 'medium', waited: 0 };
        let last = -table.change.promoteAfter;
        for (const [session, balance] of balances.entries()) {
          const next = standingAtOpen(standing, usd(balance), table);
          const risen = next.change?.kind === 'promotion';
          expect(risen && session - last < table.change.promoteAfter).toBe(false);
          if (risen) last = session;
          // Whoever stands in the tier has its balance.
          expect(next.standing.tier === 'medium' && balance < 10_000).toBe(false);
          standing = next.standing;
        }
      }),
    );
  });

  it('has the limits in dollars of the top of its tier while it waits for the next', () => {
    const waiting = tierOfStanding({ tier: 'small', waited: 2 }, usd(12_000), table, 'medium');
    expect(waiting).toMatchObject({ name: 'small', maxPositions: 3 });
    const dollars = [
      waiting.riskPerTrade,
      waiting.maxPositionSize,
      waiting.limits.dailyLoss,
      waiting.limits.portfolioRisk,
    ].map((fraction) => Math.round(12_000 * fraction * 100) / 100);
    expect(dollars).toEqual([250, 2_500, 500, 1_500]);
    expect(waiting.limits.correlation).toBe(0.7);
  });

  it('never has larger limits in dollars than its balance alone would give', () => {
    const standings = table.table.map(({ name }) => name);
    fc.assert(
      fc.property(fc.constantFrom(...standings), fc.double({ min: 1, max: 400_000, noNaN: true }), (tier, dollars) => {
        const balance = usd(dollars);
        const { standing } = standingDuring({ tier, waited: 0 }, balance, table);
        const held = tierOfStanding(standing, balance, table, 'medium');
        const own = tierFor(balance, table, 'medium');
        expect(own.symbols).toEqual(expect.arrayContaining([...held.symbols]));
        for (const [less, more] of [
          [held.riskPerTrade, own.riskPerTrade],
          [held.maxPositionSize, own.maxPositionSize],
          [held.limits.dailyLoss, own.limits.dailyLoss],
          [held.limits.portfolioRisk, own.limits.portfolioRisk],
        ] as const)
          expect(scaleUsd(balance, less)).toBeLessThanOrEqual(scaleUsd(balance, more) + 1);
      }),
    );
  });
});
