import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated, thrown } from '@trading-agent/testkit';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { PACKAGE_ORDER, SINGLE_ORDER } from '../testing/wire-examples.ts';
import { isExpressible, toAccount, toBrokerOrder, toPosition, toStatus } from './from-wire.ts';
import { accountSchema, orderSchema, positionSchema } from './models.ts';

const ACCOUNT = {
  account_number: 'PA123',
  status: 'ACTIVE',
  cash: '122086.5',
  equity: '122011.09751111286868',
  last_equity: '121500.25',
  options_buying_power: '122716.305',
  options_trading_level: 2,
  trading_blocked: false,
  account_blocked: false,
  trade_suspended_by_user: false,
};
const account = (over: object = {}) => toAccount(accountSchema.parse({ ...ACCOUNT, ...over }));
const order = (over: object = {}, row: object = SINGLE_ORDER) => toBrokerOrder(orderSchema.parse({ ...row, ...over }));

describe('the account', () => {
  it('is read exactly, digits beyond the micro-dollar rounded', () => {
    expect(account()).toEqual({
      accountNumber: 'PA123',
      cash: 122_086_500_000,
      equity: 122_011_097_511,
      lastEquity: 121_500_250_000,
      optionsBuyingPower: 122_716_305_000,
      optionsLevel: 2,
      tradable: true,
    });
  });

  it.each([
    { status: 'ACCOUNT_UPDATED' },
    { status: null },
    { trading_blocked: true },
    { account_blocked: true },
    { trade_suspended_by_user: true },
  ])('may not trade with %o', (over) => {
    expect(account(over).tradable).toBe(false);
  });

  it('without option fields has nothing to spend on options', () => {
    expect(account({ options_buying_power: undefined, options_trading_level: undefined })).toMatchObject({
      optionsBuyingPower: 0,
      optionsLevel: 0,
    });
  });
});

describe('equity at the last close', () => {
  it.each([{ last_equity: undefined }, { last_equity: null }])('is not known where %o stands', (over) => {
    expect(account(over).lastEquity).toBeNull();
  });
});

describe('positions', () => {
  const row = { symbol: 'AAPL250620C00100000', qty: '2', side: 'long', avg_entry_price: '10.05' };
  const position = (over: object) => toPosition(positionSchema.parse({ ...row, ...over }));

  it('are long or short by their side, whatever the sign of the quantity', () => {
    expect(position({})).toEqual({ symbol: row.symbol, quantity: 2, averagePrice: 10.05 });
    expect(position({ qty: '-3', side: 'short' }).quantity).toBe(-3);
    expect(position({ qty: '3', side: 'short' }).quantity).toBe(-3);
  });

  it('are worth what the broker says, where he says it', () => {
    expect(position({ current_price: '11.5' }).mark).toBe(11.5);
    expect(position({ current_price: null })).not.toHaveProperty('mark');
  });

  it('of stock may be fractional', () => {
    expect(position({ symbol: 'AAPL', qty: '0.5' }).quantity).toBe(0.5);
  });
});

describe('orders', () => {
  it('of one leg', () => {
    expect(order()).toEqual({
      brokerOrderId: SINGLE_ORDER.id,
      order: {
        clientOrderId: SINGLE_ORDER.client_order_id,
        underlying: 'AAPL',
        legs: [{ symbol: 'AAPL250620C00100000', ratio: 1, intent: 'buy_to_open' }],
        quantity: 2,
        type: 'limit',
        limit: 10,
        timeInForce: 'day',
      },
      status: 'new',
      filledQuantity: 0,
      filledLegs: [],
    });
  });

  it('of several, with ratio and fill of each leg', () => {
    expect(order({}, PACKAGE_ORDER)).toMatchObject({
      order: {
        underlying: 'AAPL',
        quantity: 1,
        limit: 10,
        legs: [
          { symbol: 'AAPL241213C00250000', ratio: 3, intent: 'buy_to_open' },
          { symbol: 'AAPL241213C00260000', ratio: 1, intent: 'sell_to_open' },
        ],
      },
      status: 'filled',
      filledQuantity: 1,
      filledLegs: [
        { symbol: 'AAPL241213C00250000', quantity: 3, averagePrice: 0.43 },
        { symbol: 'AAPL241213C00260000', quantity: 1, averagePrice: 0.01 },
      ],
    });
  });

  it('that were sold have a negative limit; without intent they are taken for closing', () => {
    expect(order({ side: 'sell', position_intent: undefined }).order).toMatchObject({
      limit: -10,
      legs: [{ intent: 'sell_to_close' }],
    });
  });

  it('take a ratio from the quantities where it is missing', () => {
    const legs = PACKAGE_ORDER.legs.map((leg) => ({ ...leg, ratio_qty: undefined }));
    expect(order({ legs }, PACKAGE_ORDER).order.legs.map(({ ratio }) => ratio)).toEqual([3, 1]);
  });

  const SHARE_ORDER = { ...SINGLE_ORDER, symbol: 'BRK.B', asset_class: 'us_equity', position_intent: undefined };

  it('on shares close them: the port sends nothing else', () => {
    expect(order({ side: 'sell', filled_qty: '1', filled_avg_price: '10.5' }, SHARE_ORDER)).toMatchObject({
      order: { underlying: 'BRK.B', legs: [{ symbol: 'BRK.B', ratio: 1, intent: 'sell_to_close' }], limit: -10 },
      filledLegs: [{ symbol: 'BRK.B', quantity: 1, averagePrice: 10.5 }],
    });
    expect(order({ side: 'buy' }, SHARE_ORDER).order.legs).toMatchObject([{ intent: 'buy_to_close' }]);
  });

  it.each([
    ['coins', { symbol: 'ETH/USD', asset_class: 'crypto' }],
    ['a fraction of a share', { qty: '0.5' }],
    ['dollars of a share', { qty: null, notional: '100' }],
    ['shares until canceled', { time_in_force: 'gtc' }],
    ['shares in a bracket', { order_class: 'bracket' }],
    ['shares at a stop', { type: 'stop' }],
  ])('on %s are not ours to express', (_what, over) => {
    expect(isExpressible(orderSchema.parse({ ...SHARE_ORDER, ...over }))).toBe(false);
    const ours = [PACKAGE_ORDER, SINGLE_ORDER, SHARE_ORDER];
    expect(ours.map((row) => isExpressible(orderSchema.parse(row)))).toEqual([true, true, true]);
  });

  it.each([
    ['a package without legs', { ...PACKAGE_ORDER, legs: null }],
    ['a fill without a price', { ...SINGLE_ORDER, filled_qty: '1' }],
    ['a fraction of a contract', { ...SINGLE_ORDER, qty: '0.5' }],
    ['neither buy nor sell', { ...SINGLE_ORDER, side: '', position_intent: null }],
  ])('%s is an error, never a guess', (_name, row) => {
    expect(() => order({}, row)).toThrow(expect.objectContaining({ name: 'TradingError' }));
  });
});

it('counts every status that is not known to be over as live', () => {
  const live = [
    'accepted',
    'pending_new',
    'new',
    'held',
    'done_for_day',
    'pending_cancel',
    'pending_replace',
    'stopped',
    'suspended',
    'calculated',
    'accepted_for_bidding',
    'unheard_of',
    '',
    null,
    undefined,
  ];
  expect(live.map(toStatus)).toEqual(live.map(() => 'new'));
  const over = ['filled', 'canceled', 'expired', 'rejected', 'replaced', 'partially_filled'];
  expect(over.map(toStatus)).toEqual(['filled', 'canceled', 'expired', 'rejected', 'canceled', 'partially_filled']);
});

it('reads or refuses, whatever a vendor does to an answer', () => {
  const cases: [unknown, (row: unknown) => unknown][] = [
    [ACCOUNT, (row) => toAccount(accountSchema.parse(row))],
    [SINGLE_ORDER, (row) => toBrokerOrder(orderSchema.parse(row))],
    [PACKAGE_ORDER, (row) => toBrokerOrder(orderSchema.parse(row))],
  ];
  for (const [original, parse] of cases) {
    fc.assert(
      fc.property(mutated(original), (row) => {
        expect(['none', 'TradingError', 'ZodError', '$ZodError']).toContain(thrown(() => parse(row)));
      }),
      { numRuns: 300 },
    );
  }
  expect.hasAssertions();
});

const EXAMPLES = join(PROTOCOLS, 'openapi-examples');
describe.skipIf(!existsSync(EXAMPLES))(`official answers in ${EXAMPLES}`, () => {
  const official = (file: string): unknown => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'));

  it('account: read to the last digit that a micro-dollar holds', () => {
    expect(toAccount(accountSchema.parse(official('GET_v2__account__200.json')))).toEqual({
      accountNumber: 'PALPACA_123',
      cash: 122_086_500_000,
      equity: 123_346_110_000,
      lastEquity: 122_011_097_511,
      optionsBuyingPower: 122_716_305_000,
      optionsLevel: 2,
      tradable: true,
    });
  });

  it('orders: the same as the excerpts above', () => {
    expect(order({}, Object(official('MultilegOptionsOrderResponse.json')))).toEqual(order({}, PACKAGE_ORDER));
    expect(order({}, Object(official('OptionOrderResponse.json')))).toEqual(order());
  });

  it.each(['CryptoOrderResponse.json', 'EquityOrderResponse.json', 'IPOOrderResponse.json'])(
    '%s is left to others',
    (file) => {
      expect(isExpressible(orderSchema.parse(official(file)))).toBe(false);
    },
  );
});
