import { marketDate, usd, ZERO_USD } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from './decisions.ts';
import { CALL, minute, Scenario, submitIn, symbolAt, told } from './testing/scenario.ts';

/** What the first look of a day tells of the symbol being left out. */
function leftOut(options: ConstructorParameters<typeof Scenario>[0]): readonly Decision[] {
  const day = new Scenario({ only: ['long-call', 'bull-call-spread'], ...options });
  day.at(1);
  return day.at(5).filter((decision) => decision.type === 'note' && decision.reason.rule === 'symbol-one-lot');
}

describe('a symbol whose cheapest unit is beyond what one trade may lose', () => {
  it('is left out with the number, the limit and the smallest balance, told once', () => {
    const day = new Scenario({ cash: 500, only: ['long-call', 'bull-call-spread'] });
    day.at(1);
    const decisions = day.at(5);
    // A micro account risks 2%: $10. The spread 102/103 costs 2.12 - 1.67; $45 are the 2.5% of a small account of $1,800.
    expect(decisions).toMatchObject([
      {
        type: 'note',
        underlying: 'TWX',
        reason: {
          rule: 'symbol-one-lot',
          text: 'TWX is left out: The cheapest unit can lose $45.00, one trade may lose $10.00; the smallest balance for it is $1800.00',
        },
      },
    ]);
    expect(told(day.at(10))).toEqual([]);
  });

  it('is followed from that balance on, not a cent below', () => {
    expect(leftOut({ cash: 1_799.99 })).toHaveLength(1);
    expect(leftOut({ cash: 1_800 })).toEqual([]);
  });

  it('is never left out by it for a larger account when it is followed for a smaller one', () => {
    const balance = fc.integer({ min: 100, max: 20_000 });
    fc.assert(
      fc.property(balance, balance, (one, other) => {
        const poor = leftOut({ cash: Math.min(one, other) }).length;
        const rich = leftOut({ cash: Math.max(one, other) }).length;
        expect(rich).toBeLessThanOrEqual(poor);
      }),
      { numRuns: 15 },
    );
  });

  it('is followed again when it has become cheaper', () => {
    const day = new Scenario({ cash: 6_000, only: ['long-call'], riskPerTrade: 0.02 });
    day.at(1);
    expect(told(day.at(5))).toEqual(['note: symbol-one-lot']);
    // 2% are $120. It is looked at again, and this offer turned down as a late quote.
    expect(told(day.at(10, { quotes: { [CALL]: [1.1, 1.2] } }))).toContain('note: off-surface');
  });
});

describe('what is held on it', () => {
  const held = (roll: number) =>
    new Scenario({
      cash: 500,
      only: ['long-call'],
      strategies: (book) => {
        const call = book['long-call'] ?? expect.fail('is built in');
        return { ...book, 'long-call': { ...call, exit: { ...call.exit, maxMinutes: 7, roll } } };
      },
      takenOver: {
        positions: [{ symbol: CALL, quantity: 1, averagePrice: 2.53, mark: 2.48 }],
        structures: [
          {
            id: 'S3',
            strategy: 'long-call',
            conviction: 'strong',
            rolls: 0,
            underlying: 'TWX',
            legs: [{ symbol: CALL, ratio: 1, intent: 'buy_to_open' }],
            expiry: marketDate('2016-01-15'),
            shares: 0,
            maxLossPerUnit: usd(253),
            committedPerUnit: usd(253),
            open: 1,
            entryNet: 2.53,
            openedAt: minute(0),
            realized: ZERO_USD,
            attempts: 1,
            broken: false,
          },
        ],
        shares: {},
        foreign: {},
        structureCount: 3,
        unsettled: null,
        ended: [],
        news: [],
      },
    });

  it('keeps it followed, until it is left by its own exit', () => {
    const day = held(0);
    day.at(1);
    expect(told(day.at(5))).toEqual(['note: already-held']);
    const exit = submitIn(day.at(8));
    expect(exit).toMatchObject({ purpose: 'close', reason: { rule: 'time-exit' } });
    day.at(9, { broker: [day.fill(exit, 9, 1, [2.43])] });
    expect(day.held()).toBe(0);
    expect(told(day.at(10))).toEqual(['note: symbol-one-lot']);
  });

  it('is still looked for at a later expiry when its exit rolls', () => {
    const day = held(1);
    day.at(1);
    const exit = submitIn(day.at(8));
    day.at(9, { broker: [day.fill(exit, 9, 1, [2.43])] });
    expect(told(day.at(10))).toEqual(['note: no-roll']);
    expect(told(day.at(15))).toEqual(['note: symbol-one-lot']);
  });

  it('as shares keeps calls being written on them', () => {
    // The account of $10,100 may lose $10.10 in one trade: no call could be bought.
    const day = new Scenario({ cash: 100, shares: 100, riskPerTrade: 0.001, only: ['covered-call', 'long-call'] });
    day.probability = 0.5;
    day.at(1);
    const open = submitIn(day.at(5));
    expect([open.strategy, open.approved.order.legs[0]?.symbol]).toEqual(['covered-call', symbolAt(104, 'C')]);
  });
});
