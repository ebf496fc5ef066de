import { usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import {
  C745,
  C750,
  P745,
  P750,
  FAR_C745,
  EXPIRED,
  ADJUSTED,
  OTHER,
  MINI,
  Desk,
  OPENING,
} from './testing/goog-desk.ts';

describe('refusals', () => {
  const refused = (desk: Desk, ...request: Parameters<Desk['order']>) => {
    const answer = desk.submit(...request);
    return answer.accepted ? 'accepted' : `${answer.status} ${answer.code} ${answer.reason}`;
  };

  it('names the cause in the words and codes of the broker', () => {
    const desk = new Desk(usd(5_000)).at('09:31', ...OPENING, [MINI, 15, 5, 16, 5]);
    desk.accept([[P745, 'buy_to_open']], 1, 12.2);
    const found = {
      tick: refused(desk, [[C745, 'buy_to_open']], 1, 16.905),
      fineTick: refused(desk, [[C745, 'buy_to_open']], 1, 0.12345),
      unknown: refused(desk, [[undefined, 'buy_to_open']], 1, 1),
      expired: refused(desk, [[EXPIRED, 'buy_to_open']], 1, 1),
      adjusted: refused(desk, [[ADJUSTED, 'buy_to_open']], 1, 1),
      quantity: refused(desk, [[C745, 'buy_to_open']], 0, 1).slice(0, 12),
      naked: refused(desk, [[C745, 'sell_to_open']], 1, -15),
      nakedInPackage: refused(
        desk,
        [
          [C745, 'sell_to_open'],
          [P750, 'buy_to_open'],
        ],
        1,
        1,
      ),
      nakedPutInPackage: refused(
        desk,
        [
          [P750, 'sell_to_open'],
          [C750, 'buy_to_open'],
        ],
        1,
        1,
      ),
      outliving: refused(
        desk,
        [
          [C745, 'buy_to_open'],
          [FAR_C745, 'sell_to_open'],
        ],
        1,
        1,
      ),
      mixed: refused(
        desk,
        [
          [C745, 'buy_to_open'],
          [MINI, 'sell_to_open'],
        ],
        1,
        1,
      ),
      money: refused(desk, [[C745, 'buy_to_open']], 3, 16.9),
      securedPut: refused(desk, [[P750, 'sell_to_open']], 2, -13),
      closingMore: refused(desk, [[P745, 'sell_to_close']], 2, -1),
      closingNone: refused(desk, [[P750, 'sell_to_close']], 1, -1),
      mismatch: refused(desk, [[P745, 'sell_to_open']], 1, -1),
    };
    expect(found).toEqual({
      tick: '422 42210000 invalid limit_price 16.905. sub-penny increment does not fulfill minimum pricing criteria',
      fineTick:
        '422 42210000 invalid limit_price 0.12345. sub-penny increment does not fulfill minimum pricing criteria',
      unknown: '422 42210000 asset "X160115C00001000" not found',
      expired: '422 42210000 asset "GOOG151219C00745000" is not tradable',
      adjusted: '422 42210000 asset "GOOG1160115C00745000" is not tradable',
      quantity: '422 42210000',
      naked: '403 40310000 account not eligible to trade uncovered option contracts',
      nakedInPackage: '403 40310000 account not eligible to trade uncovered option contracts',
      nakedPutInPackage: '403 40310000 account not eligible to trade uncovered option contracts',
      outliving: '403 40310000 account not eligible to trade uncovered option contracts',
      mixed: '422 42210000 all legs must have the same multiplier',
      money: '403 40310000 insufficient options buying power',
      securedPut: '403 40310000 insufficient options buying power',
      closingMore: '403 40310000 insufficient qty available for order (requested: 2, available: 1)',
      closingNone: '403 40310000 insufficient qty available for order (requested: 1, available: 0)',
      mismatch: '422 42210000 position intent mismatch, inferred: sell_to_close, specified: sell_to_open',
    });
    expect(desk.account.orders()).toHaveLength(1);
  });

  it('another underlying in the package, or than the order says', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    expect(refused(desk, [[OTHER, 'buy_to_open']], 1, 1)).toContain(
      '422 42210000 all legs must have the same underlying',
    );
  });

  it('ticks of options: cents, on either side of zero', () => {
    const desk = new Desk().at('09:31');
    const spread = [
      [C745, 'buy_to_open'],
      [C750, 'sell_to_open'],
    ] as const;
    const answers = [1.01, 1.005, 0.1234, 0, -0.0001, -0.5, -1.25, -1.255].map(
      (limit) => desk.submit(spread, 1, limit).accepted,
    );
    expect(answers).toEqual([true, false, false, true, false, true, true, false]);
  });

  it('a client order id is used once, also after a cancel; a refused order leaves it free', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    expect(refused(desk, [[C745, 'buy_to_open']], 1, 1.001, 'again')).toContain('42210000');
    const id = desk.accept([[C745, 'buy_to_open']], 1, 10, 'again');
    expect(refused(desk, [[C745, 'buy_to_open']], 1, 10, 'again')).toBe('422 40010001 client_order_id must be unique');
    desk.account.cancel(id);
    expect(refused(desk, [[C745, 'buy_to_open']], 1, 10, 'again')).toBe('422 40010001 client_order_id must be unique');
    expect(desk.account.orderByClientId('again')?.brokerOrderId).toBe(id);
    expect(desk.account.orderByClientId('never')).toBeUndefined();
  });

  it('what one order is going to close, another cannot', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    desk.accept([[C745, 'buy_to_open']], 2, 16.9);
    desk.accept([[C745, 'sell_to_close']], 1, -30);
    expect(refused(desk, [[C745, 'sell_to_close']], 2, -30)).toContain('available: 1');
    desk.accept([[C745, 'sell_to_close']], 1, -30);
  });
});
