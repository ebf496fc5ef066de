import { optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { TradingFloor } from './testing/trading-floor.ts';

const CALL = optionContract('AAPL250620C00200000').symbol;
const date = '2025-06-10';

function floor(): TradingFloor {
  return new TradingFloor({ date, symbols: [CALL] }).at('10:00', [[CALL, 5, 5.4, 3]]);
}

describe('a cancel under way', () => {
  it('loses against a fill at the next step', () => {
    const market = floor();
    const id = market.trade([[CALL, 'buy_to_open']], 2, 5.2);
    expect(market.account().cancel(id, 'next-step')).toBe('accepted');
    expect(market.account().order(id)?.pending).toBe('cancel');
    expect(market.account().cancel(id)).toBe('not-cancelable');
    market.at('10:01', [[CALL, 5, 5.2, 3]]);
    expect(market.told()).toEqual(['new', 'filled 2 at 5.2', 'cancel too late: order is already filled']);
  });

  it('ends what is left after a part was filled', () => {
    const market = floor();
    const id = market.trade([[CALL, 'buy_to_open']], 5, 5.2);
    market.account().cancel(id, 'next-step');
    market.at('10:01', [[CALL, 5, 5.2, 3]]).at('10:02', [[CALL, 5, 5.2, 9]]);
    expect(market.told()).toEqual(['new', 'partially_filled 3 at 5.2', 'canceled']);
  });
});

describe('a replacement', () => {
  it('has a new id, works the new limit and leaves the old order ended', () => {
    const market = floor();
    const old = market.trade([[CALL, 'buy_to_open']], 2, 5);
    const answer = market.account().replace(old, { clientOrderId: 'better', limit: 5.4 });
    expect(market.told()).toEqual(['new', 'canceled: replaced', 'new', 'filled 2 at 5.4']);
    const next = market.account().orderByClientId('better');
    expect(answer).toEqual({ accepted: true, brokerOrderId: next?.brokerOrderId });
    expect(next).toMatchObject({ replaces: old, status: 'filled' });
    expect(market.account().order(old)).toMatchObject({ status: 'canceled', replacedBy: next?.brokerOrderId });
  });

  it('loses the race: the old order fills, the new one is rejected', () => {
    const market = floor();
    const old = market.trade([[CALL, 'buy_to_open']], 2, 5.2);
    market.account().replace(old, { clientOrderId: 'late', limit: 5 }, 'next-step');
    expect(market.account().order(old)?.pending).toBe('replace');
    market.at('10:01', [[CALL, 5, 5.2, 3]]);
    expect(market.told()).toEqual([
      'new',
      'filled 2 at 5.2',
      'replace too late: order is already filled',
      'rejected: order is already filled',
    ]);
    expect(market.held()).toEqual([`${CALL} 2`]);
  });

  it('counts what the old order filled, before and while it was asked for', () => {
    const market = floor();
    const old = market.trade([[CALL, 'buy_to_open']], 10, 5.4);
    market.account().replace(old, { clientOrderId: 'smaller', quantity: 8, limit: 5.4 }, 'next-step');
    market.at('10:01', [[CALL, 5, 5.4, 4]]).at('10:02', [[CALL, 5, 5.4, 10]]);
    expect(market.told()).toEqual([
      'new',
      'partially_filled 3 at 5.4',
      'partially_filled 4 at 5.4',
      'canceled: replaced',
      'new',
      'filled 1 at 5.4',
    ]);
    expect(market.held()).toEqual([`${CALL} 8`]);
  });

  it('is refused for an ended order, an id that was used and a quantity that has filled', () => {
    const market = floor();
    const old = market.trade([[CALL, 'buy_to_open']], 10, 5.4);
    const account = market.account();
    expect(account.replace(old, { clientOrderId: 'c1', limit: 5 })).toMatchObject({ code: 40010001 });
    expect(account.replace(old, { clientOrderId: 'x', quantity: 3 })).toMatchObject({ status: 422 });
    expect(account.replace(old, { clientOrderId: 'x', limit: 5.123 })).toMatchObject({ status: 422 });
    account.cancel(old);
    expect(account.replace(old, { clientOrderId: 'x', limit: 5 })).toMatchObject({ code: 42210000 });
    expect(market.told()).toEqual(['new', 'partially_filled 3 at 5.4', 'canceled']);
  });
});

describe('a halt', () => {
  it('lets orders rest and fills none until it ends', () => {
    const market = floor();
    market.exchange.halt('AAPL');
    market.trade([[CALL, 'buy_to_open']], 2, 5.4);
    market.at('10:01', [[CALL, 5, 5.3, 3]]);
    expect(market.told()).toEqual(['new']);
    market.exchange.resume('AAPL');
    market.at('10:02');
    expect(market.told()).toEqual(['filled 2 at 5.3']);
  });
});
