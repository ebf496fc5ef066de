import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { Decision } from './decisions.ts';
import { minute, type ScenarioOptions, Scenario, submitIn, symbolAt, told } from './testing/scenario.ts';

const PUT_SPREAD = [symbolAt(96, 'P'), symbolAt(94, 'P')] as const;

/** A day on which the put spread was sold at 0.41 and is held. */
function sold(options: ConstructorParameters<typeof Scenario>[0] = {}): Scenario {
  const day = new Scenario({ only: ['bull-put-spread'], ...options });
  day.probability = 0.56;
  day.at(1);
  const open = submitIn(day.at(5));
  day.at(6, { broker: [day.fill(open, 6, open.approved.order.quantity, [1.26, 0.85])] });
  expect(day.held(PUT_SPREAD[0])).toBeLessThan(0);
  return day;
}

const submits = (decisions: readonly Decision[]) => told(decisions).filter((line) => line.startsWith('submit'));

describe('a choice', () => {
  it('is told with everything that was compared, in the record of the decision', () => {
    const day = new Scenario({ only: ['long-call', 'bull-call-spread'] });
    day.at(1);
    const open = submitIn(day.at(5));
    expect(open.candidates?.map(({ strategy }) => strategy).sort()).toEqual(['bull-call-spread', 'long-call']);
    const [best] = open.candidates ?? [];
    expect(best?.strategy).toBe(open.strategy);
    for (const one of open.candidates ?? []) {
      expect(one).toMatchObject({ expiry: '2016-01-15', refused: null });
      expect(one.probabilityOfProfit > 0 && one.probabilityOfProfit < 1).toBe(true);
      expect(one.maxLoss).toBeGreaterThan(0);
      expect(one.breakevens).toHaveLength(1);
    }
    expect(open.reason.text).toMatch(/is the best of 2: expects .* a unit after costs/);
  });

  it('sells calls against shares that are held, never more than they cover, and no put beside them', () => {
    const day = new Scenario({ only: ['covered-call', 'cash-secured-put'], shares: 250 });
    day.probability = 0.5;
    day.at(1);
    const open = submitIn(day.at(5));
    expect([open.strategy, open.approved.order.quantity]).toEqual(['covered-call', 2]);
    expect(open.approved.order.legs).toMatchObject([{ intent: 'sell_to_open' }]);
    day.at(6, { broker: [day.fill(open, 6, 2, [1.36])] });
    expect(submits(day.at(10))).toEqual([]);

    const risk: ScenarioOptions['risk'] = (limits) => ({ ...limits, shares: { ...limits.shares, orphans: 'keep' } });
    const without = new Scenario({ only: ['covered-call'], shares: 99, risk });
    without.probability = 0.5;
    without.at(1);
    expect(told(without.at(5))).toEqual(['note: no-structure']);
  });
});

describe('what was sold', () => {
  it('is bought back when its delta reaches the limit', () => {
    const day = sold({
      strategies: (book) => {
        const spread = book['bull-put-spread'];
        return spread === undefined
          ? book
          : {
              ...book,
              'bull-put-spread': { ...spread, exit: { ...spread.exit, shortDelta: 0.4, stopLoss: 9, roll: 0 } },
            };
      },
    });
    expect(submits(day.at(7))).toEqual([]);
    // The stock falls under the strike: the same quotes now stand for an option nearer the money.
    const moved = day.at(8, { spot: 96, quotes: { [PUT_SPREAD[0]]: [2.5, 2.6], [PUT_SPREAD[1]]: [2.0, 2.1] } });
    expect(submits(moved)).toEqual([expect.stringContaining('(delta-breach)')]);
    expect(submitIn(moved.filter(({ type }) => type === 'submit')).reason.text).toMatch(
      /^delta-breach: a sold leg has a delta of 0\.\d+, the limit is 0\.4$/,
    );
  });

  it('is rolled to a later expiry after such an exit, or it is told that there is none', () => {
    const day = sold({
      strategies: (book) => {
        const spread = book['bull-put-spread'];
        return spread === undefined
          ? book
          : { ...book, 'bull-put-spread': { ...spread, exit: { ...spread.exit, maxMinutes: 2, roll: 1 } } };
      },
    });
    const close = submitIn(day.at(8).filter(({ type }) => type === 'submit'));
    expect(close.reason.text).toBe('time-exit: held for 2 minutes, the limit is 2');
    day.at(9, { broker: [day.fill(close, 9, close.approved.order.quantity, [1.36, 0.75])] });
    // The chain has one expiry; it is looked for once.
    expect(told(day.at(10))).toEqual(['note: no-roll']);
    expect(told(day.at(15))).not.toContain('note: no-roll');
  });

  it('as a call in the money is bought back before a dividend that makes exercise pay', () => {
    const events = { dividends: [{ exDate: marketDate('2015-12-28'), cash: 1.2 }], earnings: null };
    const day = new Scenario({ only: ['covered-call'], shares: 100, events });
    day.probability = 0.5;
    day.at(1);
    const open = submitIn(day.at(5));
    const [leg] = open.approved.order.legs;
    const symbol = leg?.symbol ?? '';
    day.at(6, { broker: [day.fill(open, 6, 1, [1.36])] });
    expect(submits(day.at(7))).toEqual([]);
    const deep = day.at(8, { spot: 107, quotes: { [symbol]: [3.1, 3.3] } });
    expect(submits(deep)).toEqual([expect.stringContaining('(ex-dividend)')]);
    // The same call with a smaller dividend than its time value is kept (until its stop).
    const small = { dividends: [{ exDate: marketDate('2015-12-28'), cash: 0.01 }], earnings: null };
    const kept = new Scenario({ only: ['covered-call'], shares: 100, events: small });
    kept.probability = 0.5;
    kept.at(1);
    const other = submitIn(kept.at(5));
    kept.at(6, { broker: [kept.fill(other, 6, 1, [1.36])] });
    expect(submits(kept.at(8, { spot: 105, quotes: { [symbol]: [2.2, 2.4] } }))).toEqual([]);
  });
});

describe('a symbol', () => {
  it('is left out before earnings, told once', () => {
    const events = { dividends: [], earnings: marketDate('2015-12-26') };
    const day = new Scenario({ only: ['long-call'], events });
    day.at(1);
    expect(told(day.at(5))).toEqual(['note: symbol-earnings']);
    expect(told(day.at(10))).toEqual([]);
  });
});

describe('the tier', () => {
  it('falls at once when the equity does, tells its numbers, and limits the next order', () => {
    const day = new Scenario({ cash: 10_050, riskPerTrade: 0.03, only: ['long-call'] });
    day.at(1);
    const open = submitIn(day.at(5));
    const filled = day.at(6, { broker: [day.fill(open, 6, open.approved.order.quantity, [2.53])] });
    expect(told(filled)).toEqual([]);
    expect(day.engine.view().tier.name).toBe('medium');
    const fallen = day.at(7, { quotes: { [symbolAt(101, 'C')]: [1.8, 1.9] } });
    expect(told(fallen)).toContain('warning: tier-demotion');
    const alert = fallen.find(({ type }) => type === 'alert');
    expect(alert?.type === 'alert' && alert.reason.text).toMatch(
      /^Tier medium -> small: the balance of 99\d\d\.\d+ is below the 10000\.00 from which medium begins; positions 5 -> 3, risk per trade 3% -> [\d.]+%, in one position 25% -> 25%, stop at 40% -> 45%, requests a minute 10 -> 7, symbols 10 -> 6$/,
    );
    expect(day.engine.view()).toMatchObject({ tier: { name: 'small' }, standing: { tier: 'small', waited: 0 } });
    // Made up again within the day: it stays where it fell to.
    day.at(8, { quotes: { [symbolAt(101, 'C')]: [3.2, 3.3] } });
    expect(day.engine.view().tier.name).toBe('small');
  });

  it('rises after the sessions it waits, told as an event; until then its limits are those below', () => {
    const waiting = new Scenario({ cash: 10_500, standing: { tier: 'small', waited: 1 } });
    expect(told(waiting.at(1))).toEqual([]);
    expect(waiting.engine.view()).toMatchObject({ tier: { name: 'small' }, standing: { waited: 2 } });
    const risen = new Scenario({ cash: 10_500, standing: { tier: 'small', waited: 2 } });
    const first = risen.at(1);
    expect(told(first)).toEqual(['info: tier-promotion']);
    const alert = first.find(({ type }) => type === 'alert');
    expect(alert?.type === 'alert' && alert.reason.text).toMatch(
      /this one with 10500\.00; positions 3 -> 5, .*, stop at 45% -> 40%, requests a minute 7 -> 10, symbols 6 -> 10$/,
    );
    expect(risen.engine.view().tier.name).toBe('medium');
    expect(risen.events.at(-1)?.at).toBe(minute(1));
  });
});
