import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { missingFacts } from './pricing-facts.ts';
import { volatilityHistory } from './past.ts';
import { NO_RECORD, type SessionRecord } from './session-record.ts';
import { Scenario, type ScenarioOptions, submitIn, told } from './testing/scenario.ts';

/** What is told at the minute of the first decision. */
function decided(options: ScenarioOptions): Scenario & { readonly words: readonly string[] } {
  const day = new Scenario({ only: ['long-call'], ...options });
  day.at(1);
  return Object.assign(day, { words: told(day.at(5)) });
}

describe('the symbols of a day', () => {
  it('are left out when few contracts are open or were traded, where that is known', () => {
    expect(decided({ liquidity: { openInterest: 499, volume: 1_000 } }).words).toEqual(['note: symbol-open-interest']);
    expect(decided({ liquidity: { openInterest: 5_000, volume: 99 } }).words).toEqual(['note: symbol-volume']);
    for (const liquidity of [
      { openInterest: null, volume: null },
      { openInterest: 500, volume: 100 },
    ])
      expect(decided({ liquidity }).words.join()).toContain('submit S1/open/1');
  });

  it('are left out around the days on which their company reports', () => {
    // The session is of 2015-12-24.
    for (const day of ['2015-12-24', '2015-12-26'])
      expect(decided({ earnings: [marketDate('2015-10-30'), marketDate(day)] }).words).toEqual([
        'note: symbol-earnings',
      ]);
    for (const day of ['2015-12-23', '2015-12-27'])
      expect(decided({ earnings: [marketDate(day)] }).words.join()).toContain('submit S1/open/1');
  });
});

describe('what the options are priced without', () => {
  const notes = (options: ScenarioOptions, from: readonly number[] = [1, 2, 5]): readonly string[] => {
    const day = new Scenario({ only: ['long-call'], ...options });
    return from.flatMap((minute) => told(day.at(minute))).filter((line) => /note: (policy|rate|dividends)/.test(line));
  };

  it('is said once, before the first decision', () => {
    expect(notes({})).toEqual([]);
    expect(notes({ treasury: null, events: null })).toEqual(['note: policy-rate', 'note: dividends-unknown']);
    expect(notes({ events: null }, [1])).toEqual(['note: dividends-unknown']);
    expect(notes({ treasury: null }, [1])).toEqual(['note: policy-rate']);
  });

  it('names the rate, and a curve that is too old or of the day itself is none', () => {
    const yields = [{ years: 0.25, yield: 0.02 }];
    for (const date of ['2015-12-09', '2015-12-24']) {
      const day = new Scenario({ treasury: { date: marketDate(date), yields } });
      const [first] = day.at(1).filter((decision) => decision.type === 'note');
      expect(first).toMatchObject({ underlying: 'TWX', reason: { rule: 'policy-rate' } });
      expect(first?.reason.text).toContain('0.37%: no Treasury curve of the 14 days before 2015-12-24');
    }
  });

  it('is said of a rate of 0 before any is known', () => {
    const { events } = new Scenario();
    const session = events.flatMap((event) => (event.type === 'session' ? [event.session] : []))[0];
    if (session === undefined) throw new Error('no session');
    const { treasury: _treasury, ...rest } = session;
    const early = { ...rest, date: marketDate('2001-01-02') };
    expect(told(missingFacts(early, session.open))).toEqual(['note: rate-unknown']);
  });
});

describe('volatility', () => {
  const rising = (days: number, from: number): readonly number[] =>
    Array.from({ length: days }, (_, index) => from + index * 0.001);
  const viewIn = (day: Scenario): string => /volatility (\w+)/.exec(submitIn(day.at(10)).reason.text)?.[1] ?? '';
  function view(volatilities?: readonly number[]): string {
    const day = new Scenario({ only: ['long-call'], ...(volatilities && { volatilities }) });
    day.at(1);
    return viewIn(day);
  }

  it('is rich or cheap by its rank in the days before, once there are enough of them', () => {
    const unranked = view();
    // At the money it is 0.30 now.
    expect(view(rising(20, 0.2))).toBe('rich');
    expect(view(rising(20, 0.35))).toBe('cheap');
    for (const from of [0.2, 0.35]) expect(view(rising(19, from))).toBe(unranked);
  });

  it('of the day is left to those after it', () => {
    const day = decided({});
    expect(day.engine.view().record.volatility['TWX']).toBeCloseTo(0.3, 1);
  });

  it('of the days before is one value a day, of a year, without those that told none', () => {
    const days = Array.from({ length: 300 }, (_, index): SessionRecord => {
      const volatility: Readonly<Record<string, number>> = index % 100 === 99 ? {} : { TWX: index };
      return { ...NO_RECORD, volatility };
    });
    const history = volatilityHistory(days, ['TWX', 'IBM'])['TWX'] ?? [];
    expect([history.length, history[0], history.at(-1)]).toEqual([249, 48, 298]);
    expect(volatilityHistory(days, ['IBM'])).toEqual({});
  });
});
