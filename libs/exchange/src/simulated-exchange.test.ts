import { nyInstant, requireSession } from '@trading-agent/calendar';
import { type Micros, TradingError, type Usd, addUsd, marketDate, subtractUsd, usd } from '@trading-agent/core';
import {
  type OptionContract,
  type Order,
  type OrderLeg,
  type PositionIntent,
  type Quote,
  optionContract,
} from '@trading-agent/instruments';
import { feesFor } from '@trading-agent/portfolio';
import { describe, expect, it } from 'vitest';
import type { ExchangeAccount } from './exchange-account.ts';
import { TOUCH_ONLY } from './fill-model.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

const DATE = marketDate('2015-12-24');
const SESSION = requireSession(DATE);
const CONTRACTS = [
  'GOOG160115C00745000',
  'GOOG160115C00750000',
  'GOOG160115C00755000',
  'GOOG160115P00745000',
  'GOOG160115P00750000',
  'GOOG160219C00745000',
  'GOOG151219C00745000',
  'GOOG1160115C00745000',
  'TWX160115C00065000',
  'GOOG7160115C00745000',
].map((symbol) => optionContract(symbol));
const [C745, C750, C755, P745, P750, FAR_C745, EXPIRED, ADJUSTED, OTHER, MINI] = CONTRACTS;

type Row = readonly [
  contract: OptionContract | undefined,
  bid: number | null,
  bidSize: number,
  ask: number | null,
  askSize: number,
];

const symbolOf = (contract: OptionContract | undefined) => (contract ?? optionContract('X160115C00001000')).symbol;

/** An exchange with requests in the words of the tests. */
class Desk {
  readonly exchange: SimulatedExchange;
  #count = 0;

  get account(): ExchangeAccount {
    return this.exchange.account('PA1');
  }

  constructor(cash: Usd = usd(100_000)) {
    this.exchange = new SimulatedExchange({
      accounts: [{ accountNumber: 'PA1', cash }],
      session: SESSION,
      contracts: CONTRACTS,
      fills: TOUCH_ONLY,
    });
  }

  at(time: string, ...rows: readonly Row[]): this {
    const at: Micros = nyInstant(DATE, time);
    const quotes = rows.map(([contract, bid, bidSize, ask, askSize]): Quote => {
      return { symbol: symbolOf(contract), at, bid, bidSize, ask, askSize };
    });
    this.exchange.advance({ at, quotes, bars: [], trades: [] });
    return this;
  }

  order(
    legs: readonly (readonly [OptionContract | undefined, PositionIntent, number?])[],
    quantity: number,
    limit: number | null,
    clientOrderId = `c${(this.#count += 1)}`,
  ): Order {
    return {
      clientOrderId,
      underlying: 'GOOG',
      legs: legs.map(([contract, intent, ratio = 1]): OrderLeg => ({ symbol: symbolOf(contract), ratio, intent })),
      quantity,
      type: limit === null ? 'market' : 'limit',
      limit,
      timeInForce: 'day',
    };
  }

  submit(...request: Parameters<Desk['order']>): ReturnType<ExchangeAccount['submit']> {
    return this.account.submit(this.order(...request));
  }

  accept(...request: Parameters<Desk['order']>): string {
    const answer = this.submit(...request);
    if (!answer.accepted) throw new TradingError('BROKER_REJECTED', answer.reason);
    return answer.brokerOrderId;
  }

  /** Events since the last look, as words. */
  told(): string[] {
    return this.account.drainEvents().map((event) => {
      if (event.kind === 'too-late') return `too late to ${event.request}: ${event.reason}`;
      if (event.kind === 'order') return event.reason === undefined ? event.status : `${event.status}: ${event.reason}`;
      const prices = event.execution.legs.map((leg) => leg.price).join('/');
      return `${event.status} ${event.execution.quantity} at ${prices}`;
    });
  }
}

const OPENING: readonly Row[] = [
  [C745, 15.9, 5, 16.9, 16],
  [C750, 12.9, 16, 14.2, 5],
  [P745, 11, 2, 12.2, 2],
  [P750, 13.5, 17, 14.6, 21],
];

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

  it('ticks: cents from a dollar on, hundredths of a cent below, on either side of zero', () => {
    const desk = new Desk().at('09:31');
    const spread = [
      [C745, 'buy_to_open'],
      [C750, 'sell_to_open'],
    ] as const;
    const answers = [1.01, 1.005, 0.1234, 0, -0.0001, -1.25, -1.255].map(
      (limit) => desk.submit(spread, 1, limit).accepted,
    );
    expect(answers).toEqual([true, false, true, true, true, true, false]);
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
