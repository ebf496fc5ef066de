import { type Micros, micros, usd, ZERO_USD } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { Decision } from './decisions.ts';
import type { AccountPast } from './events.ts';
import type { PastTrade } from './session-record.ts';
import { CALL, minute, Scenario, type ScenarioOptions, submitIn, told } from './testing/scenario.ts';

const NOTHING: AccountPast = { closedTrades: [], openings: [], today: null };
const YESTERDAY = micros(minute(0) - 86_400e6);

function session(past: Partial<AccountPast>, options: ScenarioOptions = {}): Scenario {
  return new Scenario({ only: ['long-call'], ...options, past: { ...NOTHING, ...past } });
}

function trade(closedAt: Micros, stopped = false, dayTrade = true): PastTrade {
  return { underlying: 'OTHER', closedAt, profit: stopped ? usd(-100) : ZERO_USD, stopped, dayTrade };
}

/** The rules that refuse the order of the fifth minute; none when it is sent. */
function refusedBy(day: Scenario): readonly string[] {
  day.at(1);
  const [decision] = day.at(5).filter(({ type }: Decision) => type === 'submit' || type === 'refuse');
  if (decision === undefined) throw new Error('Nothing was asked for');
  return decision.type === 'refuse' ? decision.failed.map(({ rule }) => rule) : [];
}

describe('what an earlier run of the day or a session before has left', () => {
  it('is nothing when there was nothing', () => {
    expect(refusedBy(session({}))).toEqual([]);
  });

  it('ends the day when the loss of the day was reached, made up or not', () => {
    const today = { start: usd(25_000), highest: usd(25_000), lowest: usd(23_750), drawdown: 0.05 };
    const day = session({ today }, { cash: 24_900 });
    expect(told(day.at(1))).toContain('critical: daily-loss');
    expect(refusedBy(day)).toEqual(expect.arrayContaining(['halted', 'drawdown-lock']));
    const less = { ...today, lowest: usd(23_751), drawdown: 0.04996 };
    expect(told(session({ today: less }, { cash: 24_900 }).at(1))).not.toContain('critical: daily-loss');
  });

  it('measures the loss from what the day began with', () => {
    // 3% lost in the run before, not yet a reason: two more are.
    const today = { start: usd(25_000), highest: usd(25_000), lowest: usd(24_250), drawdown: 0.03 };
    const day = session({ today }, { cash: 24_250, riskPerTrade: 0.08 });
    day.at(1);
    const open = submitIn(day.at(5));
    day.at(6, { broker: [day.fill(open, 6, open.approved.order.quantity, [2.53])] });
    const lost = 0.75 / 2.53;
    expect(lost * open.approved.order.quantity * 253).toBeGreaterThan(500);
    expect(told(day.at(7, { quotes: { [CALL]: [1.73, 1.83] } }))).toContain('critical: daily-loss');
  });

  it('keeps the stop-loss guard and the count of day trades', () => {
    const stops = [1, 2, 3].map(() => trade(micros(minute(0) - 60e6), true));
    expect(refusedBy(session({ closedTrades: stops }))).toEqual(['stop-loss-guard']);
    const dayTrades = [1, 2, 3].map(() => trade(YESTERDAY));
    expect(refusedBy(session({ closedTrades: dayTrades }, { cash: 24_000 }))).toEqual(['day-trading']);
    expect(refusedBy(session({ closedTrades: dayTrades.slice(1) }, { cash: 24_000 }))).toEqual([]);
    const overnight = [...dayTrades.slice(1), trade(YESTERDAY, false, false)];
    expect(refusedBy(session({ closedTrades: overnight }, { cash: 24_000 }))).toEqual([]);
    expect(refusedBy(session({ closedTrades: dayTrades }, { cash: 25_000 }))).toEqual([]);
  });

  it('counts the orders of the last hour and sends none of them again', () => {
    const first = session({});
    first.at(1);
    const { order } = submitIn(first.at(5)).approved;
    const again = { at: micros(minute(5) - 30e6), order: { ...order, clientOrderId: 'earlier' } };
    expect(refusedBy(session({ openings: [again] }))).toEqual(['duplicate-intent']);
    const others = Array.from({ length: 60 }, (_, index) => ({
      at: micros(minute(0) - 600e6),
      order: { ...order, clientOrderId: `earlier-${index}` },
    }));
    expect(refusedBy(session({ openings: others }))).toEqual(['order-rate']);
    const hourAgo = others.map((opening) => ({ ...opening, at: micros(minute(5) - 3_600e6) }));
    expect(refusedBy(session({ openings: hourAgo }))).toEqual([]);
  });
});
