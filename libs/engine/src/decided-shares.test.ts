import type { StrategyBook } from '@trading-agent/config';
import { usd } from '@trading-agent/core';
import type { FeedGap } from '@trading-agent/market-data';
import { describe, expect, it } from 'vitest';
import { COVERED, holding, WITH_CALL } from './testing/holdings.ts';
import { CALL, minute, Scenario, submitIn, told } from './testing/scenario.ts';

const only = ['cash-secured-put', 'covered-call'] as const;
const SHARES = { symbol: 'TWX', averagePrice: 102, mark: 100 };
const SOLD_CALL = { symbol: CALL, quantity: -1, averagePrice: 2.5, mark: 2.48 };

/** Every strategy takes its shares along. */
function withShares(book: StrategyBook): StrategyBook {
  return Object.fromEntries(
    Object.entries(book).map(([name, one]) => [name, { ...one, exit: { ...one.exit, withShares: true } }]),
  );
}

/** What is told of shares and their options, but for the day's loss that such falls come with. */
const said = (decisions: Parameters<typeof told>[0]): readonly string[] =>
  told(decisions).filter((line) => line !== 'critical: daily-loss');

describe('nothing is decided about shares', () => {
  it('over a hole in the data, by the price from before it', () => {
    const gap: FeedGap = {
      id: 'stocks/1',
      channel: 'stocks',
      state: 'open',
      cause: 'connection',
      symbols: [],
      from: minute(0.5),
      to: null,
      unfilled: [],
      reason: 'closed',
    };
    const day = new Scenario({ only, takenOver: WITH_CALL });
    expect(said(day.at(1, { spot: 50, gaps: [gap] }))).toEqual(['warning: data-gap']);
    expect(said(day.at(2, { spot: 50, gaps: [{ ...gap, state: 'closed', to: minute(2) }] }))).toContain(
      'note: stop-loss',
    );
  });

  it('that are short while nobody knows whose everything is; somebody who has looked lets them be bought back', () => {
    const positions = [{ ...SHARES, quantity: -100, averagePrice: 100 }];
    const day = new Scenario({ only, takenOver: holding(-100, { positions, unsettled: 'holdings-differ' }) });
    expect(said(day.at(1))).toEqual([]);
    day.step({ type: 'operator', at: minute(1), command: 'resume', by: 'tester', reason: 'looked' });
    expect(said(day.at(2))).toContain('submit shares/TWX/1 100 @ 101: +TWX (orphaned-shares)');
  });

  it('by options on them that are ordered and not there', () => {
    const positions = [{ ...SHARES, quantity: 100, averagePrice: 165 }];
    const day = new Scenario({ only, takenOver: holding(100, { positions, shareCosts: { TWX: 165 } }) });
    day.probability = 0.55;
    const sold = submitIn(day.at(5));
    expect(told([sold])[0]).toContain('S4/open/1 1');
    // Lost are 39.4% of 165; a sold call that counted already would make it more than 40%.
    expect(said(day.at(6))).toEqual([]);
    // What is still ordered on shares that go is taken back.
    expect(said(day.at(7, { spot: 98.9 }))).toEqual([
      'note: stop-loss',
      'cancel S4/open/1: stop-loss',
      'note: keeps-cover',
    ]);
  });

  it('after the close', () => {
    const day = new Scenario({ only, takenOver: holding(100) });
    day.step({ type: 'operator', at: minute(209), command: 'flatten', by: 'tester', reason: 'out' });
    expect(said(day.at(210))).toEqual([]);
  });
});

describe('a structure that takes its shares along', () => {
  const cheap = { [CALL]: [0.2, 0.3] } as const;

  it('takes none of somebody else’s', () => {
    const positions = [{ ...SHARES, quantity: 100 }, SOLD_CALL];
    const takenOver = holding(100, { positions, structures: [COVERED], shares: { TWX: 60 }, foreign: { TWX: 40 } });
    const day = new Scenario({ only, takenOver, strategies: withShares });
    const back = submitIn(day.at(1, { quotes: cheap }));
    const sale = submitIn(day.at(2, { broker: [day.fill(back, 2, 1, [0.3])] }));
    expect(told([sale])).toEqual(['submit shares/TWX/1 60 @ -99: -TWX (profit-target)']);
  });

  it('adds to those that go already, with what these have made', () => {
    const positions = [{ ...SHARES, quantity: 200 }, SOLD_CALL];
    const leaving = { TWX: { quantity: 100, reason: { rule: 'stop-loss', text: 'lost' }, realized: usd(-70) } };
    const takenOver = holding(200, { positions, structures: [COVERED], leaving });
    const day = new Scenario({ only, takenOver, strategies: withShares });
    const first = day.at(1, { quotes: cheap });
    const [back] = first.flatMap((one) => (one.type === 'submit' && one.intent === 'S3/close/1' ? [one] : []));
    if (back === undefined) throw new Error('The call is not bought back');
    day.at(2, { broker: [day.fill(back, 2, 1, [0.3])] });
    expect(day.engine.view().record.leaving).toMatchObject({ TWX: { quantity: 200, realized: usd(-70) } });
  });
});
