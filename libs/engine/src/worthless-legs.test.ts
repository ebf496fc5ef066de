import { usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { CarriedStructure } from './session-record.ts';
import type { TakenOver } from './taken-over.ts';
import { COVERED } from './testing/holdings.ts';
import { Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

const [P96, P94, C104, C106] = [symbolAt(96, 'P'), symbolAt(94, 'P'), symbolAt(104, 'C'), symbolAt(106, 'C')];

/** A condor around TWX, two units, sold for a dollar. */
const CONDOR: CarriedStructure = {
  ...COVERED,
  id: 'S1',
  strategy: 'iron-condor',
  legs: [
    { symbol: P96, ratio: 1, intent: 'sell_to_open' },
    { symbol: C104, ratio: 1, intent: 'sell_to_open' },
    { symbol: P94, ratio: 1, intent: 'buy_to_open' },
    { symbol: C106, ratio: 1, intent: 'buy_to_open' },
  ],
  shares: 0,
  open: 2,
  entryNet: -1,
  maxLossPerUnit: usd(100),
  committedPerUnit: usd(200),
};

function holding(structure: CarriedStructure): TakenOver {
  const sign = (intent: string): number => (intent === 'buy_to_open' ? 1 : -1);
  return {
    positions: structure.legs.map(({ symbol, ratio, intent }) => ({
      symbol,
      quantity: sign(intent) * ratio * structure.open,
      averagePrice: 1,
      mark: 1,
    })),
    structures: [structure],
    shares: {},
    foreign: {},
    structureCount: 1,
    unsettled: null,
    ended: [],
    news: [],
  };
}

/** The price has fallen far: the sold put is dear, and nobody bids for the call that is bought. */
const FALLEN = { [P96]: [2.9, 3], [P94]: [1.4, 1.5], [C104]: [0.02, 0.1], [C106]: [null, 0.05] } as const;

describe('a package with a leg that nobody bids for', () => {
  it('is closed without it: the sold legs do not stay at risk for the sake of what is worth nothing', () => {
    const day = new Scenario({ only: ['iron-condor'], takenOver: holding(CONDOR) });
    const first = day.at(1, { spot: 93, quotes: FALLEN });
    expect(told(first)).toEqual([
      'note: worthless-leg',
      `submit S1/close/1 2 @ 1.7: +${P96} +${C104} -${P94} (stop-loss)`,
      'note: keeps-cover',
    ]);
    day.at(2, { spot: 93, quotes: FALLEN, broker: [day.fill(submitIn(first), 2, 2, [3, 0.1, 1.4])] });
    const { record, positions } = day.engine.view();
    expect(positions).toMatchObject([{ symbol: C106, quantity: 2 }]);
    expect(record.structures).toMatchObject([
      { id: 'S1w', open: 2, broken: true, entryNet: 0, legs: [{ symbol: C106 }] },
    ]);
    // 1.70 paid for what brought 1.00, twice a hundred shares.
    expect(record.closedTrades).toMatchObject([{ profit: usd(-140), stopped: true }]);
    // Somebody bids after all.
    expect(told(day.at(3, { spot: 93, quotes: { ...FALLEN, [C106]: [0.01, 0.05] } }))).toEqual([
      `submit S1w/close/1 2 @ -0.01: -${C106} (structure-broken)`,
    ]);
  });

  it('sells what was worthless only when the sold legs are gone, whatever is bid for it meanwhile', () => {
    const day = new Scenario({ only: ['iron-condor'], takenOver: holding(CONDOR) });
    const rest = submitIn(day.at(1, { spot: 93, quotes: FALLEN }));
    const bid = { ...FALLEN, [C106]: [0.01, 0.05] } as const;
    expect(told(day.at(2, { spot: 93, quotes: bid }))).toEqual([]);
    const half = day.fill(rest, 3, 1, [3, 0.1, 1.4], 'partially_filled');
    expect(told(day.at(3, { spot: 93, quotes: bid, broker: [half] }))).toEqual([]);
    const other = day.fill(rest, 4, 1, [3, 0.1, 1.4]);
    expect(told(day.at(4, { spot: 93, quotes: bid, broker: [other] }))).toEqual([
      `submit S1w/close/1 2 @ -0.01: -${C106} (structure-broken)`,
    ]);
  });

  it('and keeps no other exit waiting: what is bought goes, though it might cover what cash secures', () => {
    const secured = { ...CONDOR, id: 'S1', strategy: 'cash-secured-put', open: 1 } as const;
    const bought = { ...CONDOR, id: 'S2', strategy: 'long-put', open: 1, entryNet: 3 } as const;
    const held = [
      { ...secured, legs: [{ symbol: P96, ratio: 1, intent: 'sell_to_open' }] },
      { ...bought, legs: [{ symbol: P94, ratio: 1, intent: 'buy_to_open' }] },
    ] as const;
    const all = held.map(holding);
    const takenOver = { ...holding(CONDOR), structures: held, positions: all.flatMap(({ positions }) => positions) };
    const day = new Scenario({ only: ['cash-secured-put', 'long-put'], takenOver });
    const quotes = { [P96]: [0.9, 1], [P94]: [0.5, 0.55] } as const;
    expect(told(day.at(1, { quotes }))).toEqual([`submit S2/close/1 1 @ -0.5: -${P94} (stop-loss)`]);
  });

  it('is left whole while that leg is worth something, was never quoted, or must stay for a sold one', () => {
    const whole = (quotes: object): readonly string[] =>
      told(
        new Scenario({ only: ['iron-condor'], takenOver: holding(CONDOR) }).at(1, {
          spot: 93,
          quotes: { ...FALLEN, ...quotes },
        }),
      );
    expect(whole({ [C106]: [null, 0.3] })).toEqual(['note: not-quoted']);
    expect(whole({ [C106]: [null, 0.25] })).toContain('note: worthless-leg');
    expect(whole({ [C106]: [null, null] })).toEqual(['note: not-quoted']);
    expect(whole({ [C104]: [null, null] })).toEqual(['note: worthless-leg', 'note: not-quoted', 'note: keeps-cover']);
  });

  it('is not divided while a part of it may still be bought: what comes then would belong to nothing', () => {
    const day = new Scenario({ only: ['bull-call-spread'], riskPerTrade: 0.05 });
    const ordered = submitIn(day.at(5));
    const { legs, quantity } = ordered.approved.order;
    expect([legs.length, quantity > 1]).toEqual([2, true]);
    const prices = legs.map(({ intent }) => (intent === 'buy_to_open' ? 2.5 : 1.7));
    const bought = legs.find(({ intent }) => intent === 'buy_to_open')?.symbol ?? '';
    const quotes = { [bought]: [null, 0.05] } as const;
    const part = day.fill(ordered, 6, 1, prices, 'partially_filled');
    const leaving = told(day.at(6, { spot: 90, quotes, broker: [part] }));
    expect(leaving.filter((line) => !line.startsWith('critical'))).toEqual([
      expect.stringMatching(/^cancel S1\/open\/1/),
      'note: not-quoted',
    ]);
    expect(told(day.at(7, { spot: 90, quotes, broker: [status(ordered, 7, 'canceled')] }))).toContain(
      'note: worthless-leg',
    );
  });

  it('goes as soon as somebody bids where shares cover what is sold', () => {
    const wing = {
      ...CONDOR,
      id: 'S1w',
      legs: [{ symbol: C106, ratio: 1, intent: 'buy_to_open' }],
      open: 1,
      broken: true,
    } as const;
    const worthless = { ...wing, entryNet: 0, maxLossPerUnit: usd(0), committedPerUnit: usd(0) };
    const sold = { ...CONDOR, legs: [{ symbol: C104, ratio: 1, intent: 'sell_to_open' }], open: 1 } as const;
    const day = (shares: number): readonly string[] => {
      const options = [holding(worthless), holding(sold)].flatMap(({ positions }) => positions);
      const stock = shares === 0 ? [] : [{ symbol: 'TWX', quantity: shares, averagePrice: 100, mark: 100 }];
      const takenOver = { ...holding(CONDOR), structures: [sold, worthless], positions: [...options, ...stock] };
      const scenario = new Scenario({
        only: ['iron-condor', 'covered-call'],
        takenOver: { ...takenOver, shares: { TWX: shares } },
      });
      return told(scenario.at(1, { quotes: { [C106]: [0.01, 0.05], [C104]: [0.95, 1.05] } })).filter(
        (line) => !line.includes('shares'),
      );
    };
    expect(day(0)).toEqual(['note: keeps-cover']);
    expect(day(100)).toEqual([`submit S1w/close/1 1 @ -0.01: -${C106} (structure-broken)`]);
  });

  it('is ordered in its own units', () => {
    const [C99, C102] = [symbolAt(99, 'C'), symbolAt(102, 'C')];
    const butterfly: CarriedStructure = {
      ...CONDOR,
      strategy: 'call-butterfly',
      legs: [
        { symbol: C102, ratio: 2, intent: 'sell_to_open' },
        { symbol: C99, ratio: 1, intent: 'buy_to_open' },
        { symbol: C106, ratio: 1, intent: 'buy_to_open' },
      ],
      open: 1,
      entryNet: 0.6,
    };
    const day = new Scenario({ only: ['call-butterfly'], takenOver: holding(butterfly) });
    const quotes = { [C99]: [null, 0.05], [C106]: [null, 0.05], [C102]: [0.01, 0.05] } as const;
    const decided = day.at(1, { spot: 80, quotes });
    expect(told(decided)).toEqual([
      'note: worthless-leg',
      `submit S1/close/1 2 @ 0.05: +${C102} (stop-loss)`,
      'note: keeps-cover',
    ]);
    day.at(2, { spot: 80, quotes, broker: [day.fill(submitIn(decided), 2, 2, [0.05])] });
    // The units it is counted in now bear what the whole has cost: 60 dollars, and 10 to buy the calls back.
    expect(day.engine.view().record.closedTrades).toMatchObject([{ profit: usd(-70) }]);
  });

  it('a fill that comes for the whole after it was divided halts: nobody can tell what is left of what', () => {
    const day = new Scenario({ only: ['iron-condor'], takenOver: holding(CONDOR) });
    const dear = { ...FALLEN, [C106]: [0.01, 0.05] } as const;
    const whole = submitIn(day.at(1, { spot: 93, quotes: dear }));
    expect(whole.approved.order.legs).toHaveLength(4);
    const divided = day.at(2, { spot: 93, quotes: FALLEN, broker: [status(whole, 2, 'canceled')] });
    expect(divided.filter(({ type }) => type === 'submit')).toMatchObject([{ intent: 'S1/close/2' }]);
    const late = day.fill(whole, 3, 1, [3, 0.1, 1.4, 0.01], 'partially_filled');
    expect(told(day.at(3, { spot: 93, quotes: FALLEN, broker: [late] }))).toEqual([
      'critical: execution-mismatch',
      'cancel S1/close/2: closes-held',
    ]);
    expect(day.engine.view().positions.map(({ quantity }) => quantity)).toEqual([-1, 1, 1, -1]);
  });
});
