import { TradingError } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { C745, C750, C755, P745, P750, symbolOf, Desk, OPENING } from './testing/goog-desk.ts';

describe('fills', () => {
  it('buys at the ask, sells at the bid, and tells of the order before its fill', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    const id = desk.accept([[C745, 'buy_to_open']], 2, 17);
    expect(desk.told()).toEqual(['new', 'filled 2 at 16.9']);
    desk.accept([[C745, 'sell_to_close']], 2, -15.9);
    expect(desk.told()).toEqual(['new', 'filled 2 at 15.9']);
    expect(desk.account.order(id)).toMatchObject({
      status: 'filled',
      filledQuantity: 2,
      filledLegs: [{ symbol: symbolOf(C745), quantity: 2, averagePrice: 16.9 }],
    });
    expect(desk.account.positions()).toEqual([]);
  });

  it('rests below the ask and fills when the ask comes down to the limit', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    desk.accept([[C745, 'buy_to_open']], 1, 16.5);
    expect(desk.told()).toEqual(['new']);
    desk.at('09:32', [C745, 15.9, 5, 16.6, 5]);
    expect(desk.told()).toEqual([]);
    desk.at('09:33', [C745, 15.4, 5, 16.2, 5]);
    expect(desk.told()).toEqual(['filled 1 at 16.2']);
  });

  it('takes no more than the displayed size until the next row, and older orders come first', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    const first = desk.accept([[C750, 'buy_to_open']], 7, 15);
    const second = desk.accept([[C750, 'buy_to_open']], 2, 15);
    expect(desk.told()).toEqual(['new', 'partially_filled 5 at 14.2', 'new']);
    desk.at('09:32', [C745, 15.9, 5, 16.9, 16]);
    expect(desk.told()).toEqual([]);
    desk.at('09:33', [C750, 12.9, 16, 14.4, 3]);
    expect(desk.told()).toEqual(['filled 2 at 14.4', 'partially_filled 1 at 14.4']);
    expect(desk.account.order(first)?.filledLegs).toEqual([
      { symbol: symbolOf(C750), quantity: 7, averagePrice: (5 * 14.2 + 2 * 14.4) / 7 },
    ]);
    expect(desk.account.order(second)?.filledQuantity).toBe(1);
  });

  it('fills a package whole, by its net, as far as its scarcest leg goes', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    // Natural: 11.0 sold, 14.6 bought -> debit 3.6; two contracts are bid for the short leg.
    desk.accept(
      [
        [P745, 'sell_to_open'],
        [P750, 'buy_to_open'],
      ],
      3,
      3.6,
    );
    expect(desk.told()).toEqual(['new', 'partially_filled 2 at 11/14.6']);
    desk.accept(
      [
        [C745, 'sell_to_open'],
        [C750, 'buy_to_open'],
      ],
      1,
      -1.71,
    );
    expect(desk.told()).toEqual(['new']);
    desk.accept(
      [
        [C745, 'sell_to_open'],
        [C750, 'buy_to_open'],
      ],
      1,
      -1.7,
    );
    expect(desk.told()).toEqual(['new', 'filled 1 at 15.9/14.2']);
  });

  it('a ratio takes that many contracts per unit', () => {
    const desk = new Desk().at('09:31', ...OPENING, [C755, 10, 9, 11, 9]);
    desk.accept(
      [
        [C745, 'buy_to_open'],
        [C750, 'sell_to_open', 2],
        [C755, 'buy_to_open'],
      ],
      9,
      5,
    );
    expect(desk.told()).toEqual(['new', 'partially_filled 8 at 16.9/12.9/11']);
    expect(desk.account.positions().map(({ quantity }) => quantity)).toEqual([8, -16, 8]);
  });

  it('a side that the latest row does not quote is not there, whatever was known before', () => {
    const desk = new Desk().at('09:31', ...OPENING).at('09:32', [C745, 15.9, 5, null, 0], [P745, null, 0, 12.2, 9]);
    expect(desk.submit([[C745, 'buy_to_open']], 1, null)).toMatchObject({
      accepted: false,
      status: 403,
      code: 40310000,
    });
    desk.accept([[C745, 'buy_to_open']], 1, 20);
    desk.accept([[P745, 'sell_to_open']], 1, -0.01);
    expect(desk.told()).toEqual(['new', 'new']);
    desk.at('09:33', [C745, 15.9, 5, 16.9, 1], [P745, 0, 7, 12.2, 9]);
    expect(desk.told()).toEqual(['filled 1 at 16.9']);
  });

  it('neither before the open nor from the close on; what is left expires', () => {
    const desk = new Desk().at('09:29', ...OPENING);
    expect(desk.submit([[C745, 'buy_to_open']], 1, null)).toMatchObject({ status: 422, code: 42210000 });
    desk.accept([[C745, 'buy_to_open']], 1, 16);
    desk.accept([[C750, 'buy_to_open']], 6, 15);
    expect(desk.told()).toEqual(['new', 'new']);
    desk.at('09:30');
    expect(desk.told()).toEqual(['partially_filled 5 at 14.2']);
    desk.at('12:59:59');
    desk.at('13:00', [C745, 1, 50, 2, 50], [C750, 1, 50, 2, 50]);
    expect(desk.told()).toEqual(['expired', 'expired']);
    expect(desk.submit([[C745, 'buy_to_open']], 1, 16)).toMatchObject({ accepted: false, status: 422 });
    expect(desk.account.orders().map(({ status, filledQuantity }) => [status, filledQuantity])).toEqual([
      ['expired', 0],
      ['expired', 5],
    ]);
  });

  it('a cancel ends what is left, and comes too late after the fill', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    const partly = desk.accept([[C750, 'buy_to_open']], 6, 15);
    const whole = desk.accept([[C745, 'buy_to_open']], 1, 17);
    desk.told();
    expect(desk.account.cancel(partly)).toBe('accepted');
    expect(desk.account.cancel(partly)).toBe('not-cancelable');
    expect(desk.account.cancel(whole)).toBe('not-cancelable');
    expect(desk.account.cancel('nobody')).toBe('unknown');
    expect(desk.told()).toEqual(['canceled']);
    desk.at('09:32', ...OPENING);
    expect(desk.told()).toEqual([]);
  });

  it('time does not run backwards', () => {
    const desk = new Desk().at('09:31');
    expect(() => desk.at('09:30')).toThrow(TradingError);
  });
});
