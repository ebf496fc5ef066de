import { marketDate, micros, usd, ZERO_USD } from '@trading-agent/core';
import type { BrokerPosition } from '@trading-agent/broker';
import { optionContract, optionSymbol, type OptionLeg } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CarriedStructure, SessionRecord } from './session-record.ts';
import { takeOver } from './take-over.ts';
import type { TakenOver } from './taken-over.ts';

/** A Thursday; the contracts of the 24th end that day, those of January live on. */
const NEXT_DAY = marketDate('2015-12-28');
const PUT = 'TWX160115P00095000';
const CALL = 'TWX160115C00105000';
const WING = 'TWX160115P00090000';
const ENDING_PUT = 'TWX151224P00095000';
const ENDING_CALL = 'TWX151224C00100000';

function leg(symbol: string, intent: OptionLeg['intent'], ratio = 1): OptionLeg {
  return { symbol: optionSymbol(symbol), ratio, intent };
}

function structure(id: string, legs: readonly OptionLeg[], open = 1, over: Partial<CarriedStructure> = {}) {
  return {
    id,
    strategy: 'tested',
    conviction: 'moderate',
    rolls: 1,
    underlying: 'TWX',
    legs,
    expiry: marketDate('2016-01-15'),
    shares: 0,
    maxLossPerUnit: usd(500),
    committedPerUnit: usd(500),
    open,
    entryNet: -1.5,
    openedAt: micros(1),
    realized: ZERO_USD,
    attempts: 2,
    broken: false,
    ...over,
  } satisfies CarriedStructure;
}

function record(over: Partial<SessionRecord>): SessionRecord {
  const nothing = {
    structures: [],
    shares: {},
    shareCosts: {},
    leaving: {},
    foreign: {},
    structureCount: 4,
    closedTrades: [],
    volatility: {},
    endingAt: {},
    unsettled: null,
  };
  return { ...nothing, ...over };
}

function held(positions: Readonly<Record<string, number>>): readonly BrokerPosition[] {
  return Object.entries(positions).map(([symbol, quantity]) => ({ symbol, quantity, averagePrice: 1.5, mark: 2 }));
}

function taken(left: SessionRecord | null, positions: Readonly<Record<string, number>>): TakenOver {
  const found = takeOver(left, held(positions), NEXT_DAY);
  if (found === null) throw new Error('There is nothing to take over');
  return found;
}
const rulesOf = ({ news }: TakenOver): readonly string[] => news.map(({ rule }) => rule);

describe('what is held when a session begins', () => {
  it('is nothing for an account without record and positions', () => {
    expect(takeOver(null, [], NEXT_DAY)).toBeNull();
    expect(taken(record({}), {})).toMatchObject({ structures: [], structureCount: 4, news: [] });
  });

  it('is as the record has it: the structures go on as they were', () => {
    const left = record({
      structures: [
        structure('S1', [leg(PUT, 'sell_to_open'), leg(WING, 'buy_to_open')], 2),
        structure('S2', [leg(PUT, 'sell_to_open')]),
      ],
      shares: { TWX: 100 },
    });
    const found = taken(left, { [PUT]: -3, [WING]: 2, TWX: 100 });
    expect(found).toMatchObject({ structures: left.structures, shares: { TWX: 100 }, foreign: {}, structureCount: 4 });
    expect(rulesOf(found)).toEqual(['taken-over']);
  });

  it('without a record is foreign', () => {
    const found = taken(null, { [CALL]: 2, IBM: 10 });
    expect(found).toMatchObject({ structures: [], shares: {}, foreign: { IBM: 10, [CALL]: 2 } });
    expect(rulesOf(found)).toEqual(['foreign-holdings']);
  });

  it('may be foreign beside the own, and bought or sold by whoever owns it', () => {
    const left = record({
      structures: [structure('S1', [leg(PUT, 'sell_to_open')])],
      foreign: { TWX: 300, [CALL]: 2 },
    });
    const found = taken(left, { [PUT]: -1, TWX: 250, [CALL]: 1 });
    expect(found).toMatchObject({ structures: [{ id: 'S1', open: 1 }], shares: {}, foreign: { TWX: 250, [CALL]: 1 } });
    expect(rulesOf(found)).toEqual(['taken-over', 'foreign-holdings']);
  });

  it('counts whole shares, and says so', () => {
    const found = takeOver(null, [{ symbol: 'IBM', quantity: 10.7, averagePrice: 100 }], NEXT_DAY);
    expect(found).toMatchObject({ positions: [{ symbol: 'IBM', quantity: 10, mark: null }], foreign: { IBM: 10 } });
    expect(found?.news[0]?.text).toBe('Of 10.7 IBM whole units are counted, 10');
  });
});

describe('options that are gone', () => {
  const sold = (symbol: string) => record({ structures: [structure('S1', [leg(symbol, 'sell_to_open')], 2)] });

  it('past their last day have expired: their premium is kept', () => {
    const found = taken(sold(ENDING_PUT), {});
    expect(found).toMatchObject({
      structures: [],
      ended: [{ underlying: 'TWX', profit: usd(300), stopped: false, dayTrade: false }],
    });
    expect(rulesOf(found)).toEqual(['option-ended']);
  });

  it('past their last day were assigned when the shares came: the shares are the agent’s own', () => {
    for (const units of [1, 2]) {
      const found = taken(sold(ENDING_PUT), { TWX: units * 100 });
      expect(found).toMatchObject({ structures: [], shares: { TWX: units * 100 }, foreign: {}, ended: [] });
      expect(rulesOf(found)).toEqual(['option-ended']);
    }
  });

  it('on both sides of a spread made what its last price says, and nothing is said without one', () => {
    const legs = [leg(ENDING_PUT, 'sell_to_open'), leg('TWX151224P00090000', 'buy_to_open')];
    const left = record({ structures: [structure('S1', legs, 2, { realized: usd(10) })] });
    // Assigned at 95 and exercised at 90: the shares that came went again, and $5 a share with them.
    expect(taken({ ...left, endingAt: { TWX: 80 } }, {}).ended).toMatchObject([{ profit: usd(10 + 300 - 1_000) }]);
    expect(taken({ ...left, endingAt: { TWX: 96 } }, {}).ended).toMatchObject([{ profit: usd(310) }]);
    expect(taken(left, {})).toMatchObject({ structures: [], ended: [] });
  });

  it('that are settled in cash made what their last price says', () => {
    const sold = structure('S1', [leg('SPXW151224P02000000', 'sell_to_open')], 1, { underlying: 'SPX' });
    const left = record({ structures: [sold] });
    expect(taken({ ...left, endingAt: { SPX: 1_990 } }, {}).ended).toMatchObject([{ profit: usd(150 - 1_000) }]);
    expect(taken(left, {}).ended).toEqual([]);
  });

  it('and took the shares away when they were called', () => {
    const left = record({
      structures: [structure('S1', [leg(ENDING_CALL, 'sell_to_open')], 1, { shares: 100 })],
      shares: { TWX: 100 },
    });
    expect(taken(left, {})).toMatchObject({ structures: [], shares: {}, foreign: {}, ended: [] });
    expect(taken(left, { TWX: 100 })).toMatchObject({ shares: { TWX: 100 }, ended: [{ profit: usd(150) }] });
  });

  it('before their last day were assigned early, and only with their shares', () => {
    expect(taken(sold(PUT), { [PUT]: -1, TWX: 100 })).toMatchObject({
      structures: [{ id: 'S1', open: 1, broken: false }],
      shares: { TWX: 100 },
    });
    const without = taken(sold(PUT), { [PUT]: -1 });
    expect(rulesOf(without)).toContain('holdings-differ');
    expect(without.structures).toMatchObject([{ id: 'S1', open: 1 }]);
  });

  it('that were bought do not vanish before their last day', () => {
    const left = record({ structures: [structure('S1', [leg(CALL, 'buy_to_open')])] });
    const found = taken(left, {});
    expect(found.news[0]).toMatchObject({ rule: 'holdings-differ', text: `${CALL}: broker 0, record 1` });
    expect(found.structures).toEqual([]);
  });

  it('leave the rest of a structure to be closed', () => {
    const spread = structure('S1', [leg(PUT, 'sell_to_open'), leg(WING, 'buy_to_open')], 2, { realized: usd(10) });
    const found = taken(record({ structures: [spread] }), { [PUT]: -1, [WING]: 2, TWX: 100 });
    // What units that are closed have made is told once.
    expect(found.structures).toMatchObject([
      { id: 'S1', open: 1, broken: false, realized: usd(10) },
      { id: 'S1b', open: 1, broken: true, realized: 0, legs: [{ symbol: WING }] },
    ]);
    expect(found.shares).toEqual({ TWX: 100 });
    expect(rulesOf(found)).toEqual(['structure-broken', 'taken-over']);
  });
});

describe('shares that came', () => {
  const put = structure('S1', [leg(PUT, 'sell_to_open')], 2, { committedPerUnit: usd(9_500) });
  const spread = structure('S2', [leg(ENDING_PUT, 'sell_to_open'), leg(WING, 'buy_to_open')], 3);

  it('from a put that was sold alone stay, those from anything else are to go', () => {
    const left = record({ structures: [put, spread] });
    const found = taken(left, { [PUT]: -1, [WING]: 3, TWX: 300 });
    expect(found).toMatchObject({
      shares: { TWX: 300 },
      shareCosts: { TWX: 1.5 },
      leaving: { TWX: { quantity: 200, realized: 0, reason: { rule: 'orphaned-shares' } } },
    });
    expect(found.leaving?.['TWX']?.reason.text).toMatch(/^200 shares of TWX came from S2 \(.*\), which was not meant/);
    expect(taken(record({ structures: [put] }), { [PUT]: -1, TWX: 100 }).leaving).toEqual({});
    // A spread without its worthless wing: nobody has set the price of the shares aside.
    const rest = structure('S3', [leg(PUT, 'sell_to_open')], 2);
    expect(taken(record({ structures: [rest] }), { [PUT]: -1, TWX: 100 }).leaving).toMatchObject({
      TWX: { quantity: 100 },
    });
  });

  it('and those that were going already go on going, as far as they are there', () => {
    const going = { quantity: 250, reason: { rule: 'stop-loss', text: 'lost' }, realized: usd(-100) };
    const left = record({ shares: { TWX: 300 }, shareCosts: { TWX: 90 }, leaving: { TWX: going } });
    expect(taken(left, { TWX: 300 }).leaving).toEqual({ TWX: going });
    // Somebody sold 100 by hand: new risk halts, what is there goes on going.
    expect(taken(left, { TWX: 200 })).toMatchObject({
      unsettled: 'holdings-differ',
      shares: { TWX: 200 },
      leaving: { TWX: { quantity: 200 } },
    });
  });

  it('cost what the broker says, beside foreign ones the strike at which they came', () => {
    const left = record({ structures: [put], foreign: { TWX: 40 } });
    const strike = optionContract(PUT).strike;
    expect(taken(left, { [PUT]: -1, TWX: 140 })).toMatchObject({
      shares: { TWX: 100 },
      foreign: { TWX: 40 },
      shareCosts: { TWX: strike },
    });
    const more = record({ ...left, shares: { TWX: 100 }, shareCosts: { TWX: 80 } });
    expect(taken(more, { [PUT]: -1, TWX: 240 }).shareCosts).toEqual({ TWX: (80 + strike) / 2 });
    expect(taken(more, { [PUT]: -2, TWX: 140 }).shareCosts).toEqual({ TWX: 80 });
  });

  it('by contracts that are another’s as well are not taken for the agent’s own', () => {
    const left = record({ structures: [put], foreign: { [PUT]: -1 } });
    expect(taken(left, { [PUT]: -2, TWX: 100 })).toMatchObject({ shares: {}, foreign: { TWX: 100 }, leaving: {} });
    expect(taken(left, { TWX: 300 })).toMatchObject({ shares: { TWX: 200 }, foreign: { TWX: 100 } });
  });

  it('or went take no others with them: what is left of foreign ones is not the agent’s own to sell', () => {
    const called = structure('S3', [leg(CALL, 'sell_to_open')], 1);
    const found = (foreign: number) =>
      taken(record({ structures: [called], foreign: { TWX: foreign } }), { TWX: foreign - 100 });
    expect(found(300)).toMatchObject({ shares: {}, foreign: { TWX: 200 }, leaving: {} });
    expect(found(40)).toMatchObject({ shares: { TWX: -60 }, foreign: {} });
    const put100 = taken(record({ structures: [{ ...put, open: 1 }], foreign: { TWX: -40 } }), { TWX: 60 });
    expect(put100).toMatchObject({ shares: { TWX: 60 }, foreign: {} });
  });

  it('and that a split made more or fewer of have not lost by it', () => {
    const left = record({ shares: { TWX: 100 }, shareCosts: { TWX: 80 } });
    const after = (quantity: number, averagePrice: number) =>
      takeOver(left, [{ symbol: 'TWX', quantity, averagePrice, mark: averagePrice }], NEXT_DAY);
    expect(after(400, 20)).toMatchObject({
      unsettled: 'holdings-differ',
      shares: { TWX: 100 },
      shareCosts: { TWX: 20 },
    });
    expect(after(25, 320)).toMatchObject({ shares: { TWX: 25 }, shareCosts: { TWX: 320 } });
  });
});

describe('a structure that has lost something', () => {
  it('more than once has another name for each of its remains', () => {
    const spread = structure('S1', [leg(PUT, 'sell_to_open'), leg(WING, 'buy_to_open')], 3);
    const first = taken(record({ structures: [spread] }), { [PUT]: -2, [WING]: 3, TWX: 100 });
    const { structures, shares } = first;
    const second = taken(record({ structures, shares }), { [PUT]: -1, [WING]: 3, TWX: 200 });
    expect(second.structures.map(({ id, open, broken }) => [id, open, broken])).toEqual([
      ['S1', 1, false],
      ['S1bb', 1, true],
      ['S1b', 1, true],
    ]);
    // What was broken already is no news.
    expect(rulesOf(second)).toEqual(['structure-broken', 'taken-over']);
  });

  it('keeps what is left of a leg that was assigned in part: nothing sold stands alone', () => {
    const butterfly = structure('S1', [
      leg(WING, 'buy_to_open'),
      leg(PUT, 'sell_to_open', 2),
      leg('TWX160115P00100000', 'buy_to_open'),
    ]);
    const found = taken(record({ structures: [butterfly] }), {
      [WING]: 1,
      [PUT]: -1,
      TWX160115P00100000: 1,
      TWX: 100,
    });
    expect(found.structures).toMatchObject([
      { id: 'S1', open: 1, broken: true, legs: [{ ratio: 1 }, { symbol: PUT, ratio: 1 }, { ratio: 1 }] },
    ]);
    expect(found.foreign).toEqual({});
    expect(found.news[0]?.text).toContain(`1 ${PUT} gone before the last day`);
  });

  it('is counted in units that an order may have', () => {
    const backspread = structure('S1', [leg(PUT, 'sell_to_open'), leg(WING, 'buy_to_open', 2)], 3);
    const found = taken(record({ structures: [backspread] }), { [PUT]: -1, [WING]: 6, TWX: 200 });
    expect(found.structures).toMatchObject([
      { id: 'S1', open: 1, broken: false, entryNet: -1.5 },
      {
        id: 'S1b',
        open: 4,
        broken: true,
        legs: [{ symbol: WING, ratio: 1 }],
        entryNet: -0.75,
        maxLossPerUnit: usd(250),
      },
    ]);
  });
});

describe('what contradicts the record', () => {
  const left = record({ structures: [structure('S1', [leg(PUT, 'sell_to_open')], 2)], shares: { TWX: 100 } });
  it.each([
    ['more sold', { [PUT]: -3, TWX: 100 }],
    ['bought instead of sold', { [PUT]: 1, TWX: 100 }],
    ['shares of ours sold', { [PUT]: -2 }],
    ['other shares than an assignment brings', { [PUT]: -1, TWX: 250 }],
  ])('halts: %s', (_, positions) => {
    expect(rulesOf(taken(left, positions))).toContain('holdings-differ');
  });
});

it('what halted an earlier session halts the next ones until an operator has looked', () => {
  const left = record({ structures: [structure('S1', [leg(PUT, 'sell_to_open')], 2)] });
  const first = taken(left, { [PUT]: -3 });
  expect(first.unsettled).toBe('holdings-differ');
  const { structures, foreign } = first;
  const second = taken(record({ structures, foreign, unsettled: first.unsettled }), { [PUT]: -3 });
  expect([second.unsettled, rulesOf(second)]).toEqual([
    'holdings-differ',
    ['still-unsettled', 'taken-over', 'foreign-holdings'],
  ]);
  expect(taken(record({ structures, foreign }), { [PUT]: -3 }).unsettled).toBeNull();
});

it('never manages more than is held, and accounts for every contract', () => {
  const symbols = [PUT, CALL, WING, ENDING_PUT, ENDING_CALL];
  const legs = fc.uniqueArray(
    fc.record({
      symbol: fc.constantFrom(...symbols).map(optionSymbol),
      ratio: fc.integer({ min: 1, max: 2 }),
      intent: fc.constantFrom('buy_to_open' as const, 'sell_to_open' as const),
    }),
    { minLength: 1, maxLength: 3, selector: ({ symbol }) => symbol },
  );
  const structures = fc
    .array(fc.tuple(legs, fc.integer({ min: 1, max: 3 })), { maxLength: 3 })
    .map((all) => all.map(([one, open], index) => structure(`S${index}`, one, open)));
  const position = fc.integer({ min: -4, max: 4 });
  const positions = fc.record(Object.fromEntries([...symbols, 'TWX'].map((symbol) => [symbol, position])));
  fc.assert(
    fc.property(structures, positions, (recorded, quantities) => {
      const found = takeOver(record({ structures: recorded }), held(quantities), NEXT_DAY);
      const ids = found?.structures.map(({ id }) => id) ?? [];
      expect(new Set(ids).size).toBe(ids.length);
      for (const symbol of symbols) {
        let own = 0;
        for (const { legs: of, open } of found?.structures ?? [])
          for (const one of of)
            if (one.symbol === symbol) own += (one.intent === 'buy_to_open' ? 1 : -1) * one.ratio * open;
        expect(own + (found?.foreign[symbol] ?? 0)).toBe(quantities[symbol]);
      }
      expect((found?.shares['TWX'] ?? 0) + (found?.foreign['TWX'] ?? 0)).toBe(quantities['TWX']);
    }),
  );
});
