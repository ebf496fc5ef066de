import { usd } from '@trading-agent/core';
import { after, AN_INSTANT } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { ClosedTrade, TradingHistory } from '../context.ts';
import { HOUSE, NOTHING_HAPPENED } from '../testing/situation.ts';
import { cooldown } from './cooldown.ts';
import { drawdownLock } from './drawdown-lock.ts';
import { PROTECTIONS } from './index.ts';
import { lowProfitLock } from './low-profit-lock.ts';
import type { Protection } from './protection.ts';
import { stopLossGuard } from './stop-loss-guard.ts';
import { volatilityHalt } from './volatility-halt.ts';

function closed(minutesAgo: number, profit: number, over: Partial<ClosedTrade> = {}): ClosedTrade {
  return { underlying: 'GOOG', closedAt: after(-60 * minutesAgo), profit: usd(profit), stopped: false, ...over };
}

function passes(protection: Protection, history: Partial<TradingHistory>): boolean {
  return protection.check({
    at: AN_INSTANT,
    underlying: 'GOOG',
    history: { ...NOTHING_HAPPENED, ...history },
    equity: 25_000,
    settings: HOUSE.protections,
  }).passed;
}

describe('the protections', () => {
  it('let an account trade to which nothing happened', () => {
    expect(PROTECTIONS.map((protection) => passes(protection, {}))).toEqual(PROTECTIONS.map(() => true));
  });

  it.each<[string, Protection, Partial<TradingHistory>, boolean]>([
    ['a loss half an hour ago is over', cooldown, { closedTrades: [closed(30, -1)] }, true],
    ['a loss a second less ago is not', cooldown, { closedTrades: [closed(29.98, -1)] }, false],
    ['a gain needs no rest', cooldown, { closedTrades: [closed(1, 0)] }, true],
    ['a gain after a loss does not end the rest', cooldown, { closedTrades: [closed(5, -1), closed(1, 9)] }, false],
    ['a loss elsewhere does not count', cooldown, { closedTrades: [closed(1, -1, { underlying: 'TWX' })] }, true],
    [
      'two stops are bad luck',
      stopLossGuard,
      { closedTrades: [closed(2, -1, { stopped: true }), closed(1, -1, { stopped: true }), closed(1, -1)] },
      true,
    ],
    [
      'three are a pattern, wherever they were hit',
      stopLossGuard,
      { closedTrades: [100, 50, 1].map((ago) => closed(ago, -1, { stopped: true, underlying: `X${ago}` })) },
      false,
    ],
    [
      'until the oldest is two hours old',
      stopLossGuard,
      { closedTrades: [120, 50, 1].map((ago) => closed(ago, -1, { stopped: true })) },
      true,
    ],
    ['a fall of 3.99% is within', drawdownLock, { drawdown: 0.0399 }, true],
    ['one of 4% is not', drawdownLock, { drawdown: 0.04 }, false],
    ['a fall that is no number is not', drawdownLock, { drawdown: Number.NaN }, false],
    ['two losing trades may be chance', lowProfitLock, { closedTrades: [closed(50, -9), closed(40, -9)] }, true],
    [
      'three that lost together are enough',
      lowProfitLock,
      { closedTrades: [closed(50, 5), closed(40, 5), closed(31, -11)] },
      false,
    ],
    [
      'three that earned together are fine',
      lowProfitLock,
      { closedTrades: [closed(50, 6), closed(40, 5), closed(31, -11)] },
      true,
    ],
    [
      'what is four hours old is forgotten',
      lowProfitLock,
      { closedTrades: [closed(240, -50), closed(40, 5), closed(31, -11)] },
      true,
    ],
    ['four times the volatility is lively', volatilityHalt, { volatilityRatio: () => 4 }, true],
    ['more is a state of its own', volatilityHalt, { volatilityRatio: () => 4.01 }, false],
    ['and so is what is not known', volatilityHalt, { volatilityRatio: () => null }, false],
  ])('%s', (_what, protection, history, expected) => {
    expect(passes(protection, history)).toBe(expected);
  });
});
