import { marketDate, usd } from '@trading-agent/core';
import { type OptionSymbol, optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import type { CorporateAction } from './corporate-action.ts';
import { TradingFloor } from './testing/trading-floor.ts';

const symbol = (text: string): OptionSymbol => optionContract(text).symbol;
const C150 = symbol('AAPL250718C00150000');
const C170 = symbol('AAPL250718C00170000');
const P190 = symbol('AAPL250718P00190000');
const P180 = symbol('AAPL250718P00180000');
const symbols = [C150, C170, P190, P180];
const DIVIDEND: CorporateAction = {
  kind: 'dividend',
  ticker: 'AAPL',
  exDate: marketDate('2025-06-11'),
  payDate: marketDate('2025-06-13'),
  amount: 0.5,
};

/** The evening before AAPL goes ex-dividend, at 160, with ten call spreads and ten put spreads short in ten accounts. */
function evening(extrinsic: number, corporateActions: readonly CorporateAction[]): TradingFloor {
  const accounts = Array.from({ length: 10 }, (_, index) => `A${index}`);
  const market = new TradingFloor({ date: '2025-06-10', symbols, accounts, corporateActions });
  const call = 10 + extrinsic;
  const put = 30 + extrinsic;
  market.at(
    '15:50',
    [
      [C150, call - 0.01, call + 0.01, 500],
      [C170, 1, 1.1, 500],
      [P190, put - 0.01, put + 0.01, 500],
      [P180, 20, 20.2, 500],
    ],
    { spots: { AAPL: 160 } },
  );
  for (const account of accounts) {
    market.trade(
      [
        [C170, 'buy_to_open'],
        [C150, 'sell_to_open'],
      ],
      10,
      null,
      account,
    );
    market.trade(
      [
        [P180, 'buy_to_open'],
        [P190, 'sell_to_open'],
      ],
      10,
      null,
      account,
    );
  }
  return market.close({ AAPL: 160 });
}

function assigned(market: TradingFloor, option: OptionSymbol): number {
  let left = 0;
  for (let index = 0; index < 10; index += 1) {
    const row = market
      .account(`A${index}`)
      .positions()
      .find((position) => position.symbol === option);
    left -= row?.quantity ?? 0;
  }
  return 100 - left;
}

describe('early assignment', () => {
  it('comes the night before the ex-date to calls with less extrinsic value than the dividend', () => {
    const market = evening(0.2, [DIVIDEND]).nextDay('2025-06-11');
    // 0.6 of 100, four standard deviations of 4.9 either way.
    expect(assigned(market, C150)).toBeGreaterThan(40);
    expect(assigned(market, C150)).toBeLessThan(80);
    expect(assigned(market, P190)).toBe(0);
    const rows = market.activities('A0');
    expect(rows[0]).toMatch(/^assignment AAPL250718C00150000 \d+ 0$/);
    expect(rows[1]).toMatch(/^delivery AAPL -\d+00 \d+$/);
  });

  it('the equity of the last close stays what it was then, whatever the night and the day bring', () => {
    const market = evening(0.2, [DIVIDEND]);
    const account = market.account('A0');
    expect(account.balances().lastEquity).toBe(usd(100_000));
    const { equity } = account.balances();
    market.nextDay('2025-06-11');
    market.at('10:00', [[C150, 15, 15.2, 500]], { spots: { AAPL: 165 } });
    expect(account.balances().lastEquity).toBe(equity);
    expect(account.balances().equity).not.toBe(equity);
  });

  it('spares calls that are worth more alive, and everything with time value on other nights', () => {
    expect(assigned(evening(0.6, [DIVIDEND]).nextDay('2025-06-11'), C150)).toBe(0);
    const quiet = evening(0.2, []).nextDay('2025-06-11');
    expect([assigned(quiet, C150), assigned(quiet, P190)]).toEqual([0, 0]);
  });

  it('comes now and then to what has nothing but intrinsic value', () => {
    const count = assigned(evening(0, []).nextDay('2025-06-11'), P190);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(15);
  });

  it('leaves an account short of money without buying power, but with a way out', () => {
    const market = evening(0.2, [DIVIDEND]).nextDay('2025-06-11');
    const account = market.account('A0');
    expect(account.positions().find((row) => row.symbol === 'AAPL')?.quantity).toBeLessThan(0);
    market.at(
      '10:00',
      [
        [C150, 10.1, 10.3, 500],
        [C170, 1, 1.1, 500],
      ],
      { spots: { AAPL: 160 } },
    );
    const open = account.submit(market.order([[P180, 'buy_to_open']], 400, 21));
    expect(open.accepted).toBe(false);
    const held = -(account.positions().find((row) => row.symbol === C150)?.quantity ?? 0);
    expect(account.submit(market.order([[C150, 'buy_to_close']], held, 10.3)).accepted).toBe(true);
  });
});

describe('dividends and splits', () => {
  const C200 = symbol('AAPL250620C00200000');
  const C50 = symbol('AAPL250620C00050000');

  it('a dividend goes to who holds the shares at the ex-date, on the day it is paid; who is short owes it', () => {
    const market = new TradingFloor({
      date: '2025-06-10',
      symbols: [C200],
      corporateActions: [DIVIDEND],
      accounts: ['long', 'late'],
    });
    market.at('10:00', [[C200, 10, 10.2]], { spots: { AAPL: 210 } });
    market.trade([[C200, 'buy_to_open']], 1, 10.2, 'long');
    market.exchange.exercise('long', C200);
    market.close({ AAPL: 210 }).nextDay('2025-06-11');
    market.at('10:00', [[C200, 10, 10.2]]);
    market.trade([[C200, 'buy_to_open']], 1, 10.2, 'late');
    market.exchange.exercise('late', C200);
    const before = market.account('long').balances().cash;
    market.close().nextDay('2025-06-12');
    expect(market.account('long').balances().cash).toBe(before);
    market.close().nextDay('2025-06-13');
    expect(market.account('long').balances().cash).toBe(before + usd(50));
    expect(market.activities('long').at(-1)).toBe('dividend AAPL  50');
    expect(market.activities('late').some((row) => row.startsWith('dividend'))).toBe(false);
  });

  it('a regular and a special dividend of one day are both paid', () => {
    const special: CorporateAction = { ...DIVIDEND, amount: 2 };
    const market = new TradingFloor({ date: '2025-06-10', symbols: [C200], corporateActions: [DIVIDEND, special] });
    market.at('10:00', [[C200, 10, 10.2]], { spots: { AAPL: 210 } });
    market.trade([[C200, 'buy_to_open']], 1, 10.2);
    market.exchange.exercise('PA1', C200);
    market.close({ AAPL: 210 }).nextDay('2025-06-11');
    const { cash } = market.account().balances();
    market.close().nextDay('2025-06-12').close().nextDay('2025-06-13');
    expect(market.account().balances().cash).toBe(cash + usd(250));
    expect(market.activities().slice(-2)).toEqual(['dividend AAPL  50', 'dividend AAPL  200']);
  });

  it('no session is left out: what happens on it would be lost', () => {
    const market = new TradingFloor({ date: '2025-06-10', symbols: [C200], corporateActions: [DIVIDEND] }).close();
    expect(() => market.nextDay('2025-06-12')).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(market.nextDay('2025-06-11').exchange.session.date).toBe('2025-06-11');
  });

  it('a split multiplies shares and contracts at the same cost and divides the strike', () => {
    const split: CorporateAction = { kind: 'split', ticker: 'AAPL', exDate: marketDate('2025-06-11'), ratio: 4 };
    const market = new TradingFloor({ date: '2025-06-10', symbols: [C200, C50], corporateActions: [split] });
    market.at('10:00', [[C200, 10, 10.2]], { spots: { AAPL: 208 } });
    market.trade([[C200, 'buy_to_open']], 2, 10.2);
    market.exchange.exercise('PA1', C200);
    market.trade([[C200, 'buy_to_open']], 1, 10.2);
    const { cash, equity } = market.close({ AAPL: 208 }).account().balances();
    market.nextDay('2025-06-11');
    expect(market.held()).toEqual([`${C50} 4`, 'AAPL 800']);
    expect(
      market
        .account()
        .positions()
        .map(({ averagePrice }) => averagePrice),
    ).toEqual([2.55, 50]);
    expect(market.account().balances().cash).toBe(cash);
    // Before anything is quoted: yesterday's marks, split as well.
    expect(market.account().balances().equity).toBe(equity);
    expect([market.exchange.closingMark('AAPL'), market.exchange.closingMark(C50)]).toEqual([52, 2.525]);
    market.at('10:00', [[C50, 2.5, 2.55]], { spots: { AAPL: 52 } });
    // 100 shares' worth of calls at 2.525 instead of 10.10; everything else is as it was.
    expect(market.account().balances().equity).toBe(equity);
  });

  it('what was struck at 200 and what was struck at 50 stay two positions when the first becomes the second', () => {
    const split: CorporateAction = { kind: 'split', ticker: 'AAPL', exDate: marketDate('2025-06-11'), ratio: 4 };
    const market = new TradingFloor({ date: '2025-06-10', symbols: [C50, C200], corporateActions: [split] });
    market.at(
      '10:00',
      [
        [C200, 10, 10.2],
        [C50, 158, 158.2],
      ],
      { spots: { AAPL: 208 } },
    );
    market.trade([[C200, 'buy_to_open']], 1, 10.2);
    market.trade([[C50, 'buy_to_open']], 2, 158.2);
    const { equity } = market.close({ AAPL: 208 }).account().balances();
    market.nextDay('2025-06-11');
    const C12 = symbol('AAPL250620C00012500');
    expect(market.held()).toEqual([`${C12} 8`, `${C50} 4`]);
    expect([C12, C50].map((option) => market.exchange.closingMark(option))).toEqual([39.525, 2.525]);
    expect(market.account().balances().equity).toBe(equity);
  });

  it('only whole splits are simulated', () => {
    const split: CorporateAction = { kind: 'split', ticker: 'AAPL', exDate: marketDate('2025-06-11'), ratio: 1.5 };
    expect(() => new TradingFloor({ date: '2025-06-10', symbols, corporateActions: [split] })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
