import { marketDate, type Micros, micros, usd, ZERO_USD } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { CarriedStructure } from './session-record.ts';
import type { TakenOver } from './taken-over.ts';
import { CALL, minute, Scenario, status, submitIn, symbolAt, told } from './testing/scenario.ts';

const YESTERDAY: Micros = micros(minute(30) - 86_400e6);
const PUT = symbolAt(96, 'P');

/** Two of the calls that a strong view up buys, opened yesterday at 2.53. */
const LONG_CALL: CarriedStructure = {
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
  open: 2,
  entryNet: 2.53,
  openedAt: YESTERDAY,
  realized: ZERO_USD,
  attempts: 1,
  broken: false,
};

function takenOver(over: Partial<TakenOver>): TakenOver {
  return {
    positions: [],
    structures: [],
    shares: {},
    foreign: {},
    structureCount: 3,
    unsettled: null,
    ended: [],
    news: [],
    ...over,
  };
}

const OWN = takenOver({
  positions: [{ symbol: CALL, quantity: 2, averagePrice: 2.53, mark: 2.4 }],
  structures: [LONG_CALL],
  news: [{ rule: 'taken-over', severity: 'info', text: 'Taken over' }],
});

describe('a structure of yesterday', () => {
  it('is worth what the broker said until it is quoted, and the day is measured from there', () => {
    const day = new Scenario({ only: ['long-call'], takenOver: OWN });
    expect(day.engine.view()).toMatchObject({ startEquity: usd(25_480), equity: usd(25_480) });
    expect(told(day.at(1))).toEqual(['info: taken-over']);
    expect(day.engine.view().equity).toBe(usd(25_000 + 2 * 248));
    expect(told(day.at(2))).toEqual([]);
  });

  it('counts as the view that is held, in the limits, and not as a trade of today', () => {
    const day = new Scenario({ only: ['long-call'], cash: 24_000, takenOver: OWN });
    day.at(1);
    expect(told(day.at(5))).toEqual(['note: already-held']);
    // Another view: the structure of yesterday takes its part of the risk, three day trades would still be free.
    const other = new Scenario({ only: ['long-call', 'long-put'], cash: 24_000, takenOver: OWN });
    other.at(1);
    other.probability = 0.3;
    const { checks } = submitIn(other.at(5)).approved;
    const actual = (rule: string): number | undefined => checks.find((check) => check.rule === rule)?.actual;
    expect(actual('max-positions')).toBe(2);
    expect(actual('day-trading')).toBe(1);
    expect(actual('portfolio-risk')).toBeGreaterThan(506);
  });

  it('is left by its own exits, under its own number, from the first step', () => {
    const day = new Scenario({ only: ['long-call'], takenOver: OWN });
    const close = submitIn(day.at(1, { quotes: { [CALL]: [3.9, 4] } }));
    expect(close).toMatchObject({ intent: 'S3/close/2', strategy: 'long-call', reason: { rule: 'profit-target' } });
    day.at(2, { broker: [status(close, 2, 'new'), day.fill(close, 2, 2, [3.9])] });
    expect(day.held()).toBe(0);
    expect(day.engine.view().record).toMatchObject({
      structures: [],
      structureCount: 3,
      closedTrades: [{ profit: usd(274), dayTrade: false }],
    });
    // The next one has the next number.
    const again = new Scenario({ only: ['long-call'], takenOver: takenOver({}) });
    again.at(1);
    expect(submitIn(again.at(5)).intent).toBe('S4/open/1');
  });

  it('that has lost a leg is closed with what is left of it', () => {
    const broken = { ...LONG_CALL, id: 'S3b', broken: true };
    const day = new Scenario({ only: ['long-call'], takenOver: { ...OWN, structures: [broken] } });
    expect(submitIn(day.at(1))).toMatchObject({ intent: 'S3b/close/2', reason: { rule: 'structure-broken' } });
  });

  it('whose quotes have not come keeps anything else from being opened', () => {
    const day = new Scenario({ only: ['long-call', 'long-put'], takenOver: OWN });
    day.at(1, { isQuoted: false });
    day.probability = 0.3;
    expect(told(day.at(5, { quotes: { [CALL]: [null, null] } })).join()).not.toContain('submit');
  });
});

describe('holdings that nobody’s record explains', () => {
  const FOREIGN = takenOver({
    positions: [
      { symbol: CALL, quantity: 1, averagePrice: 3, mark: 2.4 },
      { symbol: PUT, quantity: -1, averagePrice: 1, mark: 1.3 },
    ],
    foreign: { [CALL]: 1, [PUT]: -1 },
    news: [{ rule: 'foreign-holdings', severity: 'warning', text: 'Foreign' }],
  });

  it('are told, counted, left alone, and keep new risk from their underlying', () => {
    const day = new Scenario({ only: ['long-call'], takenOver: FOREIGN });
    expect(told(day.at(1))).toEqual(['warning: foreign-holdings']);
    expect(told(day.at(5))).toEqual(['note: foreign-holdings']);
    // Half of the premium lost and more is no reason to close what somebody else opened.
    expect(told(day.at(10, { quotes: { [CALL]: [0.2, 0.3], [PUT]: [7, 7.1] } }))).toEqual([]);
    expect(day.engine.view().record.foreign).toEqual({ [CALL]: 1, [PUT]: -1 });
  });

  it('are closed by a flatten, what is sold first', () => {
    const day = new Scenario({ only: ['long-call'], takenOver: FOREIGN });
    day.at(1);
    day.step({ type: 'operator', at: minute(2), command: 'flatten', by: 'tester', reason: 'out' });
    const back = submitIn(day.at(2));
    expect(back.approved.order.legs).toEqual([{ symbol: PUT, ratio: 1, intent: 'buy_to_close' }]);
    const sale = submitIn(day.at(3, { broker: [day.fill(back, 3, 1, [1.36])] }));
    expect(sale.approved.order.legs).toEqual([{ symbol: CALL, ratio: 1, intent: 'sell_to_close' }]);
    day.at(4, { broker: [day.fill(sale, 4, 1, [2.43])] });
    expect(day.engine.view()).toMatchObject({ positions: [], record: { foreign: {}, closedTrades: [] } });
  });

  it('on another underlying count in margin and limits, measured at their last price', () => {
    const elsewhere = takenOver({
      positions: [
        { symbol: 'IBM', quantity: 100, averagePrice: 150, mark: 150 },
        { symbol: 'IBM160115C00150000', quantity: -1, averagePrice: 5, mark: 5 },
      ],
      foreign: { IBM: 100, IBM160115C00150000: -1 },
    });
    const day = new Scenario({ only: ['long-call'], takenOver: elsewhere });
    day.at(1);
    const [refused] = day.at(5);
    // The sold call has not been quoted today: equity, greeks and stress are not known.
    expect(refused).toMatchObject({ type: 'refuse' });
    expect(refused?.type === 'refuse' && refused.failed.map(({ rule }) => rule)).toContain('stale-marks');
  });
});

it('a contradiction halts from the first step, an operator lifts it', () => {
  const news = [{ rule: 'holdings-differ', severity: 'critical', text: 'Differs' }] as const;
  const day = new Scenario({ only: ['long-call'], takenOver: takenOver({ news, unsettled: 'holdings-differ' }) });
  expect(day.engine.view().halted).toBe('holdings-differ');
  expect(told(day.at(1))).toEqual(['critical: holdings-differ']);
  expect(told(day.at(5)).join()).toContain('refuse long-call: halted');
  expect(day.engine.view().record.unsettled).toBe('holdings-differ');
  day.step({ type: 'operator', at: minute(6), command: 'resume', by: 'tester', reason: 'looked' });
  expect(day.engine.view().record.unsettled).toBeNull();
  expect(submitIn(day.at(10)).intent).toBe('S4/open/1');
});
