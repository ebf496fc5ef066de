import { marketDate, usd } from '@trading-agent/core';
import { type OptionSymbol, optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import type { Submission } from './exchange-account.ts';
import { UNCOVERED } from './rejection.ts';
import { TradingFloor } from './testing/trading-floor.ts';

const symbol = (text: string): OptionSymbol => optionContract(text).symbol;
const C150 = symbol('AAPL250620C00150000');
const C160 = symbol('AAPL250620C00160000');
const P150 = symbol('AAPL250620P00150000');
const LATER = symbol('AAPL250718C00150000');
const SPX_PM = symbol('SPXW250620C06000000');
const SPX_AM = symbol('SPX250620C06000000');
const symbols = [C150, C160, P150, LATER, SPX_PM, SPX_AM];
const EXPIRY = '2025-06-20';

/** On the morning of the expiry, AAPL at 152. */
function morning(cash = usd(100_000)): TradingFloor {
  return new TradingFloor({ date: EXPIRY, symbols, cash }).at(
    '10:00',
    [
      [C150, 2.2, 2.4],
      [C160, 0.02, 0.05],
      [P150, 0.2, 0.3],
      [LATER, 5, 5.2],
    ],
    { spots: { AAPL: 152 } },
  );
}

// The rows of Alpaca's guide to option activities: expired, exercised (long 2 calls at 150), assigned (short 2 calls at 150).
describe('at expiry', () => {
  it('what is in the money by a cent is exercised; the broker tells of it the next session', () => {
    const market = morning();
    market.trade([[C150, 'buy_to_open']], 2, 2.4);
    market.told();
    market.close({ AAPL: 150.01 });
    expect(market.told()).toEqual([]);
    expect(market.held()).toEqual(['AAPL 200']);
    expect(market.account().balances().cash).toBe(usd(100_000 - 480 - 30_000) - market.account().fees);
    expect(market.activities()).toEqual([]);
    market.nextDay('2025-06-23');
    expect(market.activities()).toEqual([`exercise ${C150} -2 0`, 'delivery AAPL 200 -30000']);
    expect(
      market
        .account()
        .activities()
        .map(({ date }) => date),
    ).toContain(marketDate(EXPIRY));
  });

  it.each([150, 150.009])('at %d a call struck at 150 expires worthless', (spot) => {
    const market = morning();
    market.trade([[C150, 'buy_to_open']], 2, 2.4);
    market.close({ AAPL: spot }).nextDay('2025-06-23');
    expect(market.held()).toEqual([]);
    expect(market.activities()).toEqual([`expiry ${C150} -2 0`]);
  });

  it('a short call in the money is assigned: with its cover the shares come and go', () => {
    const market = morning();
    market.trade(
      [
        [C160, 'buy_to_open'],
        [C150, 'sell_to_open'],
      ],
      2,
      -2.1,
    );
    market.close({ AAPL: 170 }).nextDay('2025-06-23');
    expect(market.held()).toEqual([]);
    expect(market.activities()).toEqual([
      `assignment ${C150} 2 0`,
      'delivery AAPL -200 30000',
      `exercise ${C160} -2 0`,
      'delivery AAPL 200 -32000',
    ]);
  });

  it('a cash-secured put leaves shares and takes their price', () => {
    const market = morning();
    market.trade([[P150, 'sell_to_open']], 1, -0.2);
    market.close({ AAPL: 145 });
    expect(market.held()).toEqual(['AAPL 100']);
    expect(market.account().balances().cash).toBe(usd(85_020) - market.account().fees);
    expect(market.account().balances().equity).toBe(usd(85_020 + 14_500) - market.account().fees);
  });

  it('is not exercised against its holder’s will, nor beyond what he can pay', () => {
    const market = morning(usd(16_000));
    market.trade([[C150, 'buy_to_open']], 1, 2.4);
    expect(market.exchange.doNotExercise('PA1', C150)).toEqual({ accepted: true });
    market.close({ AAPL: 155 });
    expect(market.held()).toEqual([]);
    const poor = morning(usd(10_000));
    poor.trade([[C150, 'buy_to_open']], 1, 2.4);
    poor.close({ AAPL: 155 });
    expect(poor.held()).toEqual([]);
  });

  it('what is bought and exercised again on the same day is exercised again', () => {
    const market = morning();
    for (const owned of [100, 200]) {
      market.trade([[C150, 'buy_to_open']], 1, 2.4);
      expect(market.exchange.exercise('PA1', C150)).toEqual({ accepted: true });
      expect(market.held()).toEqual([`AAPL ${owned}`]);
    }
    expect(market.account().balances().cash).toBe(usd(100_000 - 2 * 15_240) - market.account().fees);
  });

  it('index options pay their difference in cash, those of the morning at the opening price', () => {
    const market = new TradingFloor({ date: '2025-06-18', symbols, cash: usd(100_000) });
    market.at('10:00', [
      [SPX_PM, 20, 21],
      [SPX_AM, 20, 21],
    ]);
    market.trade([[SPX_PM, 'buy_to_open']], 1, 21);
    market.trade([[SPX_AM, 'buy_to_open']], 2, 21);
    const { fees } = market.account();
    market.close({ 'I:SPX': 6_010 }).nextDay(EXPIRY);
    market.at('09:31', [], { spots: { 'I:SPX': 6_030 } });
    expect(market.held()).toEqual([`${SPX_PM} 1`]);
    market.close({ 'I:SPX': 6_005.5 });
    expect(market.held()).toEqual([]);
    expect(market.account().balances().cash).toBe(usd(100_000 - 6_300 + 6_000 + 550) - fees);
  });
});

describe('an exercise on request', () => {
  it('happens at once; the broker tells of it the next session', () => {
    const market = morning();
    market.trade([[C150, 'buy_to_open']], 2, 2.4);
    expect(market.exchange.exercise('PA1', C150)).toEqual({ accepted: true });
    expect(market.held()).toEqual(['AAPL 200']);
    expect(market.activities()).toEqual([]);
  });

  it('is refused for shorts, for nothing, without the means and after the close', () => {
    const market = morning(usd(40_000));
    market.trade([[P150, 'sell_to_open']], 1, -0.2);
    market.trade([[LATER, 'buy_to_open']], 4, 5.2);
    expect(market.exchange.exercise('PA1', P150)).toMatchObject({ status: 403, code: 40310001 });
    expect(market.exchange.exercise('PA1', C160)).toMatchObject({ status: 403, code: 40310000 });
    expect(market.exchange.exercise('PA1', 'AAPL')).toMatchObject({ status: 422, code: 42210000 });
    expect(market.exchange.exercise('PA1', LATER)).toMatchObject({ reason: 'insufficient buying power to exercise' });
    market.close({ AAPL: 152 });
    expect(market.exchange.exercise('PA1', LATER)).toMatchObject({ status: 403 });
  });

  it('is refused when a short would lose its cover', () => {
    const market = morning();
    market.trade(
      [
        [LATER, 'buy_to_open'],
        [C160, 'sell_to_open'],
      ],
      1,
      5.2,
    );
    const refused = { reason: 'exercise would leave a short position uncovered' };
    // The shares that come cover the call as well as the long call did.
    expect(market.exchange.exercise('PA1', LATER)).not.toMatchObject(refused);
    expect(market.held()).toEqual(['AAPL 100', `${C160} -1`].sort((a, b) => (a < b ? 1 : -1)));
  });
});

describe('in the last hour', () => {
  const poor = (): TradingFloor => {
    const market = morning(usd(10_000));
    market.trade([[C150, 'buy_to_open']], 3, 2.4);
    market.told();
    return market;
  };

  it('the broker sells what the account could not pay for, by an order of its own', () => {
    const market = poor();
    market.at('14:59', [[C150, 2.1, 2.3]]);
    expect(market.told()).toEqual([]);
    const own = market.trade([[C150, 'sell_to_close']], 1, -4);
    market.at('15:00', [[C150, 2.1, 2.3, 2]], { spots: { AAPL: 152 } }).at('15:01', [[C150, 2, 2.2]]);
    expect(market.told()).toEqual([
      'new',
      'canceled: the position is closed by the broker before it expires',
      'new',
      'partially_filled 2 at 2.1',
      'filled 1 at 2',
    ]);
    expect(market.held()).toEqual([]);
    const orders = market.account().orders();
    expect(orders.map(({ source }) => source)).toEqual(['client', 'client', 'broker']);
    expect(market.account().order(own)?.status).toBe('canceled');
  });

  it('leaves alone what can be delivered, what is out of the money and what is declined', () => {
    const rich = morning();
    rich.trade([[C150, 'buy_to_open']], 3, 2.4);
    const out = poor();
    const declined = poor();
    declined.exchange.doNotExercise('PA1', C150);
    for (const market of [rich, out, declined]) {
      market.at('15:30', [[C150, 2.1, 2.3]], { spots: { AAPL: market === out ? 149 : 152 } });
      expect(market.held()).toEqual([`${C150} 3`]);
    }
  });

  it('buys back the short leg first when only the long leg is in the money', () => {
    const market = morning(usd(5_000));
    market.trade(
      [
        [C150, 'buy_to_open'],
        [C160, 'sell_to_open'],
      ],
      1,
      2.4,
    );
    market.told();
    market.at(
      '15:00',
      [
        [C150, 2.1, 2.3],
        [C160, 0.01, 0.05],
      ],
      { spots: { AAPL: 152 } },
    );
    expect(market.told()).toEqual(['new', 'filled 1 at 0.05', 'new', 'filled 1 at 2.1']);
    expect(market.held()).toEqual([]);
  });
});

describe('shares that an exercise brought', () => {
  let orders = 0;
  const sell = (market: TradingFloor, quantity: number, limit: number | null, ticker = 'AAPL'): Submission =>
    market.account().submit({
      clientOrderId: `shares ${(orders += 1)}`,
      underlying: ticker,
      legs: [{ symbol: ticker, ratio: 1, intent: 'sell_to_close' }],
      quantity,
      type: limit === null ? 'market' : 'limit',
      limit,
      timeInForce: 'day',
    });

  it('are sold at the bid, or a little below the last price where there are no quotes; never with cover on them', () => {
    const market = morning();
    market.trade([[C150, 'buy_to_open']], 2, 2.4);
    market.exchange.exercise('PA1', C150);
    const { cash } = market.account().balances();
    market.told();
    expect(sell(market, 50, -151.92)).toMatchObject({ accepted: true });
    expect(market.told()).toEqual(['new', 'filled 50 at 151.92']);
    // A better price has to come first, and then only what is displayed is sold.
    sell(market, 50, -152.1);
    expect(sell(market, 101, null)).toMatchObject({ accepted: false, status: 403 });
    market.at('10:05', [['AAPL', 152.1, 152.2, 20]]);
    expect(market.told()).toEqual(['new', 'partially_filled 20 at 152.1']);
    market.at('10:06', [['AAPL', 152.12, 152.2, 100]]);
    expect(market.told()).toEqual(['filled 30 at 152.12']);
    expect(market.held()).toEqual(['AAPL 100']);
    // A cent of activity fee for each sale (Section 31 is 0 in June 2025).
    expect(market.account().balances().cash).toBe(cash + usd(50 * 151.92 + 20 * 152.1 + 30 * 152.12 - 0.03));
    market.trade([[C160, 'sell_to_open']], 1, -0.02);
    expect(sell(market, 1, null)).toMatchObject({ accepted: false, status: 403, reason: UNCOVERED });
    expect(sell(market, 101, null)).toMatchObject({ accepted: false, status: 403 });
    expect(sell(market, 1, null, 'MSFT')).toMatchObject({ accepted: false, status: 422 });
    market.close({ AAPL: 152 });
    expect(sell(market, 100, -1)).toMatchObject({ accepted: false, status: 422 });
  });

  it('without quotes find a tenth of the minute’s volume or a round lot, and wait for the next bar', () => {
    const market = morning();
    market.trade([[C150, 'buy_to_open']], 3, 2.4);
    market.exchange.exercise('PA1', C150);
    market.told();
    sell(market, 250, null);
    expect(market.told()).toEqual(['new', 'partially_filled 100 at 151.92']);
    market.at('10:05', [], { spots: { AAPL: 150 } });
    market.at('10:06');
    market.at('10:07', [], { spots: { AAPL: 151 } });
    expect(market.told()).toEqual(['partially_filled 100 at 149.92', 'filled 50 at 150.92']);
    expect(market.held()).toEqual(['AAPL 50']);
  });

  it('are not opened by order', () => {
    const market = morning();
    const order = market.order([[C150, 'buy_to_open']], 1, 10);
    const answer = market.account().submit({ ...order, legs: [{ symbol: 'AAPL', ratio: 1, intent: 'buy_to_open' }] });
    expect(answer).toMatchObject({ accepted: false, status: 422 });
  });
});
