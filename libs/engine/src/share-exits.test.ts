import type { StrategyBook } from '@trading-agent/config';
import { marketDate, usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { takeOver } from './take-over.ts';
import type { TakenOver } from './taken-over.ts';
import { COVERED, holding, WITH_CALL } from './testing/holdings.ts';
import { CALL, Scenario, type ScenarioOptions, status, submitIn, symbolAt, told } from './testing/scenario.ts';
import { TradingEngine } from './engine.ts';

const WHEEL = ['cash-secured-put', 'covered-call'] as const;

/** What is told, but for the day's loss that such falls come with. */
function said(decisions: Parameters<typeof told>[0]): readonly string[] {
  return told(decisions).filter((line) => line !== 'critical: daily-loss');
}

function day(takenOver: TakenOver, more: ScenarioOptions = {}): Scenario {
  return new Scenario({ only: WHEEL, takenOver, ...more });
}

/** Every strategy takes its shares along. */
function withShares(book: StrategyBook): StrategyBook {
  return Object.fromEntries(
    Object.entries(book).map(([name, one]) => [name, { ...one, exit: { ...one.exit, withShares: true } }]),
  );
}

describe('shares that lose what the tier allows', () => {
  it('go with the call that stands on them: first the call, then once the shares, whoever dies in between', () => {
    const first = day(WITH_CALL);
    // 39.2% of 102, then 40.2% less what the call has gained.
    expect(said(first.at(1, { spot: 62 }))).toEqual(['note: shares-kept']);
    expect(said(first.at(2, { spot: 61, quotes: { [CALL]: [1.3, 1.4] } }))).toEqual([]);
    const decided = first.at(3, { spot: 61 });
    expect(said(decided)).toEqual([
      'note: stop-loss',
      `submit S3/close/1 1 @ 2.53: +${CALL} (stop-loss)`,
      'note: keeps-cover',
    ]);
    expect(decided.find(({ type }) => type === 'note')).toMatchObject({
      reason: {
        text: 'stop-loss: 100 shares and the options on them have lost 40.18% of what the shares cost, the limit is 40%',
      },
    });
    // The price is back: what has been decided is done all the same.
    expect(said(first.at(4, { spot: 100 }))).toEqual([]);
    const sale = submitIn(first.at(5, { spot: 100, broker: [first.fill(submitIn(decided), 5, 1, [2.5])] }));
    expect(said([sale])).toEqual(['submit shares/TWX/1 100 @ -99: -TWX (stop-loss)']);

    // A process that died here replays its journal: the same order, and no other.
    const again = new TradingEngine(first.config);
    const replayed = first.events.flatMap((event) => again.step(event).decisions);
    expect(said(replayed).filter((line) => line.includes('shares/'))).toEqual(said([sale]));
    expect(replayed).toContainEqual(sale);
    expect(said(first.at(6))).toEqual([]);

    first.at(7, { broker: [first.fill(sale, 7, 100, [99.5])] });
    expect(first.engine.view().shares).toEqual([]);
    expect(first.engine.view().record).toMatchObject({
      shares: {},
      leaving: {},
      closedTrades: [
        { profit: usd(0), stopped: true },
        { underlying: 'TWX', profit: usd(-250), stopped: true, dayTrade: false },
      ],
    });
    expect(said(first.at(8))).toEqual([]);
  });

  it('go on the next day when they could not be sold on this one', () => {
    const first = day(WITH_CALL);
    const back = submitIn(first.at(3, { spot: 61 }));
    const sale = submitIn(first.at(5, { spot: 61, broker: [first.fill(back, 5, 1, [2.5])] }));
    first.at(6, { spot: 61, broker: [first.fill(sale, 6, 40, [60.5], 'partially_filled')] });
    const { record } = first.engine.view();
    expect(record.leaving).toMatchObject({
      TWX: { quantity: 60, realized: usd(-1_660), reason: { rule: 'stop-loss' } },
    });
    const positions = [{ symbol: 'TWX', quantity: 60, averagePrice: 102, mark: 100 }];
    const taken = takeOver(record, positions, marketDate('2015-12-24'));
    if (taken === null) throw new Error('Nothing was taken over');
    const next = day(taken);
    // Yesterday's price sells nothing.
    expect(said(next.at(1, { spot: null }))).toEqual([]);
    const rest = submitIn(next.at(2, { spot: 100 }));
    expect(said([rest])).toEqual(['submit shares/TWX/1 60 @ -99: -TWX (stop-loss)']);
    next.at(3, { broker: [next.fill(rest, 3, 60, [100])] });
    expect(next.engine.view().record.closedTrades).toMatchObject([{ profit: usd(-1_780), stopped: true }]);
  });

  it('keep nothing from being tried again, and a call that is not quoted keeps its cover', () => {
    const first = day(WITH_CALL);
    const unquoted = { [CALL]: [null, null] } as const;
    expect(said(first.at(1, { spot: 60, quotes: unquoted }))).toEqual([
      'note: stop-loss',
      'note: not-quoted',
      'note: keeps-cover',
    ]);
    const back = submitIn(first.at(2, { spot: 60 }));
    const sale = submitIn(first.at(3, { spot: 60, broker: [first.fill(back, 3, 1, [2.5])] }));
    expect(said(first.at(6, { spot: 50 }))).toEqual(['cancel shares/TWX/1: order-timeout']);
    expect(said(first.at(7, { spot: 50, broker: [status(sale, 7, 'canceled')] }))).toEqual([
      'submit shares/TWX/2 100 @ -49.5: -TWX (stop-loss)',
    ]);
  });
});

describe('a view that has turned', () => {
  const PUT = symbolAt(96, 'P');
  const protectedBy = {
    ...COVERED,
    id: 'S4',
    strategy: 'protective-put',
    legs: [{ symbol: PUT, ratio: 1, intent: 'buy_to_open' }],
    entryNet: 1.3,
  } as const;
  function down(takenOver: TakenOver, minutes: number): readonly string[] {
    const scenario = day(takenOver);
    scenario.probability = 0.3;
    const lines: string[] = [];
    for (let minute = 1; minute <= minutes; minute++) lines.push(...said(scenario.at(minute)));
    return lines.filter((line) => !/no-structure|warming-up/.test(line));
  }

  it('sells after six looks in a row, with the call on the shares', () => {
    expect(down(WITH_CALL, 30)).toEqual(['note: shares-kept']);
    expect(down(WITH_CALL, 31)).toEqual([
      'note: shares-kept',
      'note: view-turned',
      `submit S3/close/1 1 @ 2.53: +${CALL} (view-turned)`,
      'note: keeps-cover',
    ]);
  });

  it('sells them also where no new risk is taken, because somebody holds shares beside them', () => {
    const positions = [{ symbol: 'TWX', quantity: 150, averagePrice: 102, mark: 100 }];
    expect(down(holding(100, { positions, foreign: { TWX: 50 } }), 31)).toEqual([
      'note: shares-kept',
      'note: foreign-holdings',
      'note: view-turned',
      'submit shares/TWX/1 100 @ -99: -TWX (view-turned)',
    ]);
  });

  it('counts no shares twice whose call was being left with them', () => {
    const positions = [
      { symbol: 'TWX', quantity: 200, averagePrice: 102, mark: 100 },
      { symbol: PUT, quantity: 1, averagePrice: 1.3, mark: 1.3 },
      { symbol: CALL, quantity: -1, averagePrice: 2.5, mark: 2.48 },
    ];
    const first = day(holding(200, { positions, structures: [protectedBy, COVERED] }), { strategies: withShares });
    first.probability = 0.3;
    for (let minute = 1; minute < 30; minute++) first.at(minute);
    // The call has lost nearly all it was sold for, and goes with its shares, as the view turns.
    const cheap = { [CALL]: [0.2, 0.3] } as const;
    const back = submitIn(first.at(30, { quotes: cheap }));
    expect(said(first.at(31, { quotes: cheap }))).toContain('note: view-turned');
    first.at(32, { broker: [first.fill(back, 32, 1, [0.3])] });
    expect(first.engine.view().record.leaving).toMatchObject({ TWX: { quantity: 100 } });
  });

  it('leaves what a put protects', () => {
    const positions = [{ symbol: 'TWX', quantity: 200, averagePrice: 102, mark: 100 }];
    const put = { symbol: PUT, quantity: 1, averagePrice: 1.3, mark: 1.3 };
    const more = { structures: [protectedBy], positions: [...positions, put] };
    expect(down(holding(200, more), 31)).toEqual([
      'note: shares-kept',
      'note: view-turned',
      'submit shares/TWX/1 100 @ -99: -TWX (view-turned)',
    ]);
  });
});

describe('shares that nothing can use', () => {
  it('are sold: all where no strategy stands on shares, else what is no whole lot', () => {
    expect(said(day(holding(250), { only: ['long-call'] }).at(1))).toEqual([
      'note: orphaned-shares',
      'submit shares/TWX/1 250 @ -99: -TWX (orphaned-shares)',
    ]);
    expect(said(day(holding(230)).at(1))).toEqual([
      'note: orphaned-shares',
      'submit shares/TWX/1 30 @ -99: -TWX (orphaned-shares)',
    ]);
    expect(said(day(WITH_CALL, { only: ['long-call'] }).at(1))).toEqual(['note: shares-kept']);
  });

  it('are bought back when they are short', () => {
    const positions = [{ symbol: 'TWX', quantity: -100, averagePrice: 100, mark: 100 }];
    const short = day(holding(-100, { positions }));
    const back = submitIn(short.at(1));
    expect(said([back])).toEqual(['submit shares/TWX/1 100 @ 101: +TWX (orphaned-shares)']);
    short.at(2, { broker: [short.fill(back, 2, 100, [100.5])] });
    expect(short.engine.view().record.closedTrades).toMatchObject([{ profit: usd(150) }]);
  });

  it('stay when the house keeps them, and while nobody knows whose they are', () => {
    const only = ['long-call'] as const;
    const risk: ScenarioOptions['risk'] = (limits) => ({ ...limits, shares: { ...limits.shares, orphans: 'keep' } });
    expect(said(day(holding(100), { only, risk }).at(1))).toEqual(['note: shares-kept']);
    const differs = day(holding(100, { unsettled: 'holdings-differ' }), { only });
    expect(said(differs.at(1))).toEqual(['note: shares-kept']);
    expect(said(differs.at(2, { spot: 60 }))).toEqual([
      'note: stop-loss',
      'submit shares/TWX/1 100 @ -59.4: -TWX (stop-loss)',
    ]);
  });

  it('foreign shares stay, whatever becomes of the agent’s own beside them', () => {
    const positions = [{ symbol: 'TWX', quantity: 150, averagePrice: 40, mark: 100 }];
    const both = day(holding(100, { positions, foreign: { TWX: 50 } }));
    const sale = submitIn(both.at(1, { spot: 60 }));
    expect(said([sale])).toEqual(['submit shares/TWX/1 100 @ -59.4: -TWX (stop-loss)']);
    both.at(2, { spot: 60, broker: [both.fill(sale, 2, 100, [60])] });
    expect(said(both.at(3, { spot: 30 }))).toEqual([]);
    expect(both.engine.view().record).toMatchObject({ shares: {}, foreign: { TWX: 50 }, leaving: {} });
  });
});

describe('a strategy that takes its shares along', () => {
  it('sells them when it is left, and no call is written on them meanwhile', () => {
    const scenario = day(WITH_CALL, { strategies: withShares });
    const back = submitIn(scenario.at(1, { quotes: { [CALL]: [1, 1.1] } }));
    expect(said([back])).toEqual([`submit S3/close/1 1 @ 1.1: +${CALL} (profit-target)`]);
    scenario.probability = 0.55;
    const sold = scenario.at(5, { broker: [scenario.fill(back, 5, 1, [1.1])] });
    expect(said(sold)[0]).toBe('submit shares/TWX/1 100 @ -99: -TWX (profit-target)');
    expect(said(sold).filter((line) => line.includes('/open/'))).toEqual([]);
  });

  it('keeps them when it is rolled, and as shipped', () => {
    const deep = { [CALL]: [6.9, 7] } as const;
    const rolled = day(WITH_CALL, { strategies: withShares });
    const back = submitIn(rolled.at(1, { spot: 108, quotes: deep }));
    expect(said([back])).toEqual([`submit S3/close/1 1 @ 7: +${CALL} (delta-breach)`]);
    const after = rolled.at(2, { spot: 108, broker: [rolled.fill(back, 2, 1, [7])] });
    expect(said(after)).toEqual([]);
    const shipped = day(WITH_CALL);
    const close = submitIn(shipped.at(1, { quotes: { [CALL]: [1, 1.1] } }));
    expect(said(shipped.at(2, { broker: [shipped.fill(close, 2, 1, [1.1])] }))).toEqual([]);
    expect(shipped.engine.view().record).toMatchObject({ shares: { TWX: 100 }, leaving: {} });
  });
});
