import { usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { equityAtLastClose } from './opening-books.ts';
import { CALL, minute, Scenario, submitIn, told } from './testing/scenario.ts';

describe('a day that has lost 5%', () => {
  it('is over for new risk, even when the loss is made up and an operator resumes', () => {
    // Seven calls for $1,771, which is 7% of the account.
    const day = new Scenario({ only: ['long-call'], riskPerTrade: 0.08 });
    day.at(1);
    const open = submitIn(day.at(5));
    expect(open.approved.order.quantity).toBe(7);
    day.at(6, { broker: [day.fill(open, 6, 7, [2.53])] });
    const stopped = day.at(7, { quotes: { [CALL]: [0.9, 1] } });
    expect(told(stopped)).toEqual([`submit S1/close/1 7 @ -0.9: -${CALL} (stop-loss)`]);
    expect(told(day.at(8, { quotes: { [CALL]: [0.05, 0.15] } }))).toEqual(['critical: daily-loss']);
    expect(day.engine.view().halted).toBe('daily-loss');

    // The call is back where it was and is sold there: all but $70 are made up.
    expect(told(day.at(9, { broker: [day.fill(submitIn(stopped), 9, 7, [2.43])] }))).toEqual([]);
    day.step({ type: 'operator', at: minute(9), command: 'resume', by: 'anna', reason: 'it is up again' });
    expect(day.engine.view().halted).toBe('daily-loss');
    const [refusal] = day.at(10);
    expect(refusal).toMatchObject({
      type: 'refuse',
      failed: [{ rule: 'halted', actual: 1, limit: 0 }, { rule: 'cooldown' }, { rule: 'drawdown-lock', limit: 4 }],
    });
  });
});

describe('the loss of the day is measured from the last close', () => {
  it.each([
    { previousClose: 26_300, what: '4.94% before the session began', halted: null },
    { previousClose: 26_320, what: '5.02% before the session began', halted: 'daily-loss' },
    { previousClose: 24_000, what: 'a gain of the night, or a deposit, is no loss', halted: null },
  ])('$previousClose of now 25,000: $what', ({ previousClose, halted }) => {
    const day = new Scenario({ only: ['long-call'], previousClose });
    expect(told(day.at(1))).toEqual(halted === null ? [] : ['critical: daily-loss']);
    expect(day.engine.view().halted).toBe(halted);
  });

  it('and not from where a restart found the account', () => {
    const noon = { start: usd(25_900), highest: usd(26_000), lowest: usd(25_000), drawdown: 0.03 };
    const past = { closedTrades: [], openings: [], today: noon };
    expect(told(new Scenario({ past, previousClose: 26_100 }).at(1))).toEqual([]);
    expect(told(new Scenario({ past, previousClose: 26_400 }).at(1))).toEqual(['critical: daily-loss']);
    // A deposit of the night is not there to be lost: the first run of the day began with more.
    const rich = { ...past, today: { ...noon, start: usd(26_400) } };
    expect(told(new Scenario({ past: rich, previousClose: 20_000 }).at(1))).toEqual(['critical: daily-loss']);
  });

  it('a broker that does not tell it allows no new risk, and nobody resumes that', () => {
    const day = new Scenario({ only: ['long-call'], previousClose: null });
    expect(told(day.at(1))).toEqual(['critical: daily-loss-unknown']);
    day.step({ type: 'operator', at: minute(2), command: 'resume', by: 'anna', reason: 'go on' });
    const [refusal] = day.at(5);
    expect(refusal).toMatchObject({
      type: 'refuse',
      failed: [{ rule: 'halted' }, { rule: 'daily-loss', actual: Number.MAX_SAFE_INTEGER }],
    });
    expect(day.engine.view().halted).toBe('daily-loss-unknown');
  });

  it('is told by the broker in figures that may count more than the books do', () => {
    // 1.2 coins and 0.4 shares: 900 dollars that no order of ours touches, before and now.
    const broker = { equity: usd(25_900), lastEquity: usd(27_400.5) };
    expect(equityAtLastClose(broker, { equity: usd(25_000) })).toBe(usd(26_500.5));
    expect(equityAtLastClose({ ...broker, lastEquity: null }, { equity: usd(25_000) })).toBeNull();
  });
});
