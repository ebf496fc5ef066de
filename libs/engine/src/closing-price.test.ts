import { expect, it } from 'vitest';
import { holding } from './testing/holdings.ts';
import { minute, Scenario, submitIn, symbolAt } from './testing/scenario.ts';

const PUT = symbolAt(96, 'P');

// A quarter of the midpoint beyond it, five cents at least: nickels below three dollars, dimes above, on the careful side.
it.each([
  ['sold', 1, [0.5, 4.5], -1.9],
  ['sold', 1, [1, 7.16], -3.1],
  ['sold', 1, [1, 6.9], -3],
  ['bought back', -1, [0.5, 4.5], 3.1],
  ['bought back', -1, [0.02, 4.7], 2.95],
  ['bought back', -1, [1, 3.83], 3],
  ['bought back', -1, [0, 0.4], 0.25],
  // Nobody bids: as a rule before a market has settled. What is cheap goes, what is dear is not paid for.
  ['bought back', -1, [null, 5], 3.1],
  ['bought back', -1, [null, 0.1], 0.1],
  ['sold', 1, [0.1, null], -0.1],
  // What the market gives within the collar is on its class's tick.
  ['sold', 1, [3.46, 3.5], -3.46],
  ['bought back', -1, [3.46, 3.51], 3.51],
] as const)(
  'a single option is %s (%d held) at the quotes %j for %d, whatever its class',
  (_how, held, quote, limit) => {
    const positions = [{ symbol: PUT, quantity: held, averagePrice: 1.3, mark: 1.3 }];
    const day = new Scenario({
      only: ['iron-condor'],
      takenOver: holding(0, { positions, shares: {}, foreign: { [PUT]: held } }),
    });
    day.step({ type: 'operator', at: minute(0), command: 'flatten', by: 'tester', reason: 'out' });
    expect(submitIn(day.at(1, { quotes: { [PUT]: quote } })).approved.order.limit).toBe(limit);
  },
);
