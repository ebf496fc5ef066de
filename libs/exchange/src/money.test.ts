import { addUsd, subtractUsd, usd } from '@trading-agent/core';
import { feesFor } from '@trading-agent/portfolio';
import { describe, expect, it } from 'vitest';
import { DATE, C745, C750, P745, P750, Desk, OPENING } from './testing/goog-desk.ts';

describe('money', () => {
  it('a long premium and its fees leave the cash, the mark is the mid', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    desk.accept([[C745, 'buy_to_open']], 2, 17);
    const [, fill] = desk.account.drainEvents();
    const fees = fill?.kind === 'execution' ? feesFor(fill.execution, DATE) : usd(0);
    expect(fees).toBe(usd(0.19)); // ORF 2 x 0.0427 = 0.09, OCC 2 x 0.05 = 0.10
    const { cash, equity, optionsBuyingPower } = desk.account.balances();
    expect(cash).toBe(subtractUsd(usd(100_000 - 2 * 1_690), fees));
    expect(equity).toBe(addUsd(cash, usd(2 * 1_640)));
    expect(optionsBuyingPower).toBe(cash);
  });

  it('marks keep the last known side', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    desk.accept([[C745, 'buy_to_open']], 1, 17);
    desk.at('09:32', [C745, 15.5, 1, null, 0]);
    const { cash, equity } = desk.account.balances();
    expect(equity).toBe(addUsd(cash, usd(1_620)));
  });

  it('a credit spread reserves its width and the credit is not buying power on top', () => {
    const desk = new Desk(usd(2_000)).at('09:31', ...OPENING);
    desk.accept(
      [
        [P750, 'sell_to_open'],
        [P745, 'buy_to_open'],
      ],
      2,
      -1.3,
    );
    const { cash, optionsBuyingPower } = desk.account.balances();
    expect(cash).toBe(subtractUsd(usd(2_260), desk.account.fees));
    expect(optionsBuyingPower).toBe(subtractUsd(cash, usd(1_000)));
  });

  it('a resting order reserves what it may cost, a cancel frees it', () => {
    const desk = new Desk(usd(2_000)).at('09:31', ...OPENING);
    const id = desk.accept([[C745, 'buy_to_open']], 1, 15);
    expect(desk.account.balances().optionsBuyingPower).toBe(usd(2_000 - 1_500 - 0.1));
    expect(desk.submit([[C750, 'buy_to_open']], 1, 6)).toMatchObject({ accepted: false, code: 40310000 });
    desk.account.cancel(id);
    expect(desk.account.balances().optionsBuyingPower).toBe(usd(2_000));
  });

  it('a market order that became dearer than the cash is canceled, not filled', () => {
    const desk = new Desk(usd(3_000)).at('09:31', [C745, 9, 1, 10, 1]);
    desk.accept([[C745, 'buy_to_open']], 2, null);
    expect(desk.told()).toEqual(['new', 'partially_filled 1 at 10']);
    desk.at('09:32', [C745, 24, 5, 25, 5]);
    expect(desk.told()).toEqual(['canceled: insufficient options buying power']);
    expect(desk.account.positions().map(({ quantity }) => quantity)).toEqual([1]);
  });

  it('cover that was sold meanwhile uncovers no short', () => {
    const desk = new Desk().at('09:31', ...OPENING);
    desk.accept([[C745, 'buy_to_open']], 1, 16.9);
    desk.accept([[C745, 'sell_to_close']], 1, -17);
    desk.accept([[C750, 'sell_to_open']], 1, -14);
    desk.told();
    desk.at('09:32', [C745, 17.5, 5, 18, 5], [C750, 14.5, 5, 15, 5]);
    expect(desk.told()).toEqual([
      'filled 1 at 17.5',
      'canceled: account not eligible to trade uncovered option contracts',
    ]);
    expect(desk.account.positions()).toEqual([]);
  });
});
