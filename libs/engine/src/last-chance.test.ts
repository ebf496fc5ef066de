import { marketDate, usd } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { expect, it } from 'vitest';
import { COVERED, holding } from './testing/holdings.ts';
import { minute, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

const PUT = optionSymbol('TWX151224P00101000');

it('an exit of the last day waits for an empty book to fill, but not in the last hour', () => {
  const rest = {
    ...COVERED,
    id: 'S1',
    legs: [{ symbol: PUT, ratio: 1, intent: 'sell_to_open' }],
    expiry: marketDate('2015-12-24'),
    shares: 0,
    maxLossPerUnit: usd(100),
    committedPerUnit: usd(100),
    broken: true,
  } as const;
  const positions = [{ symbol: PUT, quantity: -1, averagePrice: 1, mark: 1 }];
  const day = new Scenario({
    only: ['iron-condor'],
    takenOver: holding(0, { positions, shares: {}, structures: [rest] }),
  });
  const quotes = { [PUT]: [0.02, 6] } as const;
  const first = submitIn(day.at(2, { quotes }));
  // A quarter beyond the middle of 3.01 is 3.76: there are classes that trade in dimes.
  expect(told([first])).toEqual([`submit S1/close/1 1 @ 3.7: +${PUT} (structure-broken)`]);
  day.at(149, { quotes });
  expect(told(day.at(150, { quotes, broker: [status(first, 150, 'canceled')] }))).toContain(
    `submit S1/close/2 1 @ 6: +${PUT} (structure-broken)`,
  );
  // Out of everything is not at any price.
  const out = new Scenario({
    only: ['iron-condor'],
    takenOver: holding(0, { positions, shares: {}, structures: [rest] }),
  });
  out.step({ type: 'operator', at: minute(149), command: 'flatten', by: 'tester', reason: 'out' });
  expect(told(out.at(150, { quotes }))).toContain(`submit S1/close/1 1 @ 3.7: +${PUT} (flatten)`);
  // Nor is the last hour of a day the last one of what lives on.
  const [later, expiry] = [symbolAt(101, 'P'), marketDate('2016-01-15')];
  const on = { ...rest, legs: [{ symbol: later, ratio: 1, intent: 'sell_to_open' }], expiry } as const;
  const held = [{ symbol: later, quantity: -1, averagePrice: 1, mark: 1 }];
  const living = new Scenario({
    only: ['iron-condor'],
    takenOver: holding(0, { positions: held, shares: {}, structures: [on] }),
  });
  expect(told(living.at(150, { quotes: { [later]: [0.02, 6] } }))).toContain(
    `submit S1/close/1 1 @ 3.7: +${later} (structure-broken)`,
  );
});
