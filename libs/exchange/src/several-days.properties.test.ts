import { requireSession } from '@trading-agent/calendar';
import { type Usd, addUsd, canonicalJson, marketDate, negateUsd, notional, usd } from '@trading-agent/core';
import {
  type Execution,
  isOptionSymbol,
  type OptionSymbol,
  type Order,
  optionContract,
  sharesOf,
  sideOf,
} from '@trading-agent/instruments';
import { feesFor } from '@trading-agent/portfolio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Activity } from './activity.ts';
import { CAREFUL } from './fill-model.ts';
import { TradingFloor } from './testing/trading-floor.ts';

const symbol = (text: string): OptionSymbol => optionContract(text).symbol;
const DAYS = ['2025-06-18', '2025-06-20', '2025-06-23'];
const EXPIRING = ['AAPL250618C00150000', 'AAPL250618P00150000', 'AAPL250620C00150000', 'AAPL250620C00155000'].map(
  symbol,
);
const OPTIONS = [...EXPIRING, ...['AAPL250718C00150000', 'AAPL250718P00150000', 'AAPL250718P00145000'].map(symbol)];
const ACCOUNTS = ['A', 'B'];
const CASH = usd(25_000);

const option = fc.constantFrom(...OPTIONS);
const quoteRow = fc.record({
  symbol: option,
  bid: fc.integer({ min: 5, max: 300 }),
  spread: fc.integer({ min: 1, max: 40 }),
  size: fc.integer({ min: 0, max: 6 }),
  print: fc.integer({ min: 0, max: 5 }),
});
const wish = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  kind: fc.constantFrom(
    'buy',
    'buy',
    'spread',
    'sell-put',
    'close',
    'shares',
    'shares',
    'cancel',
    'replace',
    'exercise',
    'decline',
  ),
  symbols: fc.uniqueArray(option, { minLength: 2, maxLength: 2 }),
  quantity: fc.integer({ min: 1, max: 4 }),
  cents: fc.integer({ min: 5, max: 300 }),
  late: fc.boolean(),
});
const minute = fc.record({ rows: fc.array(quoteRow, { maxLength: 5 }), wishes: fc.array(wish, { maxLength: 3 }) });
const day = fc.record({
  minutes: fc.array(minute, { minLength: 1, maxLength: 5 }),
  spot: fc.integer({ min: 13_000, max: 17_000 }),
});
const script = fc.tuple(day, day, day);
type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never;
type Wish = Script[0]['minutes'][0]['wishes'][0];

/** Shares are only told by bars here: half a spread beside the last, to the cent. */
function aroundLast(market: TradingFloor): { readonly bid: number; readonly ask: number } {
  const last = market.exchange.mark('AAPL') ?? Number.NaN;
  return { bid: last * 0.9995 - 0.01, ask: last * 1.0005 + 0.01 };
}

interface Seen {
  readonly market: TradingFloor;
  readonly executions: ReadonlyMap<string, readonly Execution[]>;
  /** Executions outside the quotes that stood when they happened. */
  readonly outside: number;
}

function ask(market: TradingFloor, { account, kind, symbols, quantity, cents, late }: Wish): void {
  const [first, second] = symbols;
  const desk = market.account(account);
  if (first === undefined || second === undefined) return;
  const timing = late ? 'next-step' : 'at-once';
  const order = desk.orders().find(({ status }) => status === 'new' || status === 'partially_filled');
  const held = desk.positions().find((row) => row.symbol.length > 6);
  const limit = cents / 100;
  if (kind === 'buy') desk.submit(market.order([[first, 'buy_to_open']], quantity, limit));
  else if (kind === 'spread')
    desk.submit(
      market.order(
        [
          [first, 'buy_to_open'],
          [second, 'sell_to_open'],
        ],
        quantity,
        limit - 1,
      ),
    );
  else if (kind === 'sell-put') desk.submit(market.order([[first, 'sell_to_open']], 1, -limit));
  else if (kind === 'close' && held) {
    const isLong = held.quantity > 0;
    const leg = [symbol(held.symbol), isLong ? 'sell_to_close' : 'buy_to_close'] as const;
    desk.submit(market.order([leg], Math.abs(held.quantity), null));
  } else if (kind === 'shares') desk.submit(shareOrder(market, account, quantity, late));
  else if (kind === 'cancel' && order) desk.cancel(order.brokerOrderId, timing);
  else if (kind === 'replace' && order) {
    const { order: terms } = order;
    const wanted = {
      clientOrderId: `${terms.clientOrderId}r`,
      quantity: quantity + 2,
      ...(terms.limit !== null && { limit: terms.limit + 0.1 }),
    };
    desk.replace(order.brokerOrderId, wanted, timing);
  } else if (kind === 'exercise' && held) market.exchange.exercise(account, held.symbol);
  else if (kind === 'decline' && held) market.exchange.doNotExercise(account, held.symbol);
}

/** Closes a part of the shares or all; at the market, or at a price that the next days may bring. */
function shareOrder(market: TradingFloor, account: string, quarters: number, isLimited: boolean): Order {
  const held = market.account(account).ledger.held('AAPL');
  const isLong = held >= 0;
  return {
    ...market.order([[OPTIONS[0] ?? symbol(''), 'buy_to_open']], 1, null),
    underlying: 'AAPL',
    legs: [{ symbol: 'AAPL', ratio: 1, intent: isLong ? 'sell_to_close' : 'buy_to_close' }],
    quantity: Math.max(1, Math.ceil((Math.abs(held) * quarters) / 4)),
    ...(isLimited && { type: 'limit', limit: isLong ? -150 : 150 }),
  };
}

function run(days: Script): Seen {
  const market = new TradingFloor({
    date: DAYS[0] ?? '',
    symbols: OPTIONS,
    accounts: ACCOUNTS,
    cash: CASH,
    fills: CAREFUL,
  });
  const executions = new Map<string, Execution[]>(ACCOUNTS.map((account) => [account, []]));
  let outside = 0;
  const drain = (): void => {
    for (const account of ACCOUNTS) {
      for (const event of market.account(account).drainEvents()) {
        if (event.kind !== 'execution') continue;
        executions.get(account)?.push(event.execution);
        // Every fourth is taken back, every fifth gets another price.
        const number = executions.get(account)?.length ?? 0;
        if (number % 4 === 0) market.exchange.bust(account, event.execution);
        else if (number % 5 === 0) market.exchange.correct(account, event.execution, [event.execution.quantity / 7]);
        for (const leg of event.execution.legs) {
          const quote = isOptionSymbol(leg.symbol) ? market.exchange.nbbo(leg.symbol) : aroundLast(market);
          if (!(leg.price >= (quote?.bid ?? Infinity) && leg.price <= (quote?.ask ?? 0))) outside += 1;
        }
      }
    }
  };
  for (const [index, { minutes, spot }] of days.entries()) {
    if (index > 0) market.nextDay(DAYS[index] ?? '');
    for (const [number, { rows, wishes }] of minutes.entries()) {
      const quotes = rows.map(
        ({ symbol: name, bid, spread, size }) => [name, bid / 100, (bid + spread) / 100, size] as const,
      );
      const prints = rows.map(({ symbol: name, bid, print }) => ({ symbol: name, price: bid / 100, size: print }));
      // The last hour too, so that the broker closes what can't be delivered.
      market.at(`${10 + number}:${number > 3 ? '59' : '00'}`, quotes, { prints, spots: { AAPL: spot / 100 } });
      drain();
      for (const one of wishes) {
        ask(market, one);
        drain();
      }
    }
    market.at(
      '15:30',
      OPTIONS.map((name) => [name, 0.5, 0.6] as const),
      { spots: { AAPL: spot / 100 } },
    );
    drain();
    market.close({ AAPL: spot / 100 });
    drain();
  }
  return { market, executions, outside };
}

const told = (market: TradingFloor, account: string): readonly Activity[] =>
  market.account(account).ledger.activities(true);

function check(property: (seen: Seen, days: Script) => void, numRuns = 150, seed?: number): void {
  fc.assert(
    fc.property(script, (days) => property(run(days), days)),
    { numRuns, ...(seed !== undefined && { seed }) },
  );
}

describe('over several days, whatever is quoted and ordered', () => {
  it('the drawn scripts do expire, assign, exercise and sell out', () => {
    const seen = new Set<string>();
    check(
      ({ market }) => {
        for (const account of ACCOUNTS) {
          for (const { kind } of told(market, account)) seen.add(kind);
          for (const order of market.account(account).orders()) {
            seen.add(order.source);
            if (sharesOf(order.order) !== null && order.filledQuantity > 0) seen.add('shares-closed');
            if (order.replacedBy !== null) seen.add('replaced');
          }
        }
      },
      150,
      1,
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'assignment',
        'broker',
        'bust',
        'correction',
        'delivery',
        'exercise',
        'expiry',
        'fee',
        'replaced',
        'shares-closed',
      ]),
    );
  });

  it('cash is the start plus executions minus fees plus activities, to the micro-dollar, and fees are told in full', () => {
    check(({ market, executions }) => {
      for (const account of ACCOUNTS) {
        let cash: Usd = CASH;
        let fees = usd(0);
        for (const execution of executions.get(account) ?? []) {
          fees = addUsd(
            fees,
            feesFor(execution, marketDate(new Date(execution.at / 1_000).toISOString().slice(0, 10))),
          );
          for (const { symbol: name, intent, quantity, price } of execution.legs) {
            const multiplier = isOptionSymbol(name) ? 100 : 1;
            cash = addUsd(cash, notional(price, sideOf(intent) === 'buy' ? -quantity : quantity, multiplier));
          }
        }
        const rows = told(market, account);
        const feeRows = rows.filter(({ kind }) => kind === 'fee');
        const others = rows.filter(({ kind }) => kind !== 'fee');
        expect(addUsd(...feeRows.map(({ netAmount }) => netAmount))).toBe(negateUsd(fees));
        expect(market.account(account).balances().cash).toBe(
          addUsd(cash, negateUsd(fees), ...others.map(({ netAmount }) => netAmount)),
        );
      }
    });
  });

  it('positions are the sum of executions and activities', () => {
    check(({ market, executions }) => {
      for (const account of ACCOUNTS) {
        const sums = new Map<string, number>();
        const add = (name: string, quantity: number): unknown => sums.set(name, (sums.get(name) ?? 0) + quantity);
        for (const { legs } of executions.get(account) ?? [])
          for (const { symbol: name, intent, quantity } of legs)
            add(name, sideOf(intent) === 'buy' ? quantity : -quantity);
        for (const { symbol: name, quantity } of told(market, account))
          if (name !== null && quantity !== null) add(name, quantity);
        const expected = Object.fromEntries([...sums].filter(([, quantity]) => quantity !== 0));
        const held = market
          .account(account)
          .positions()
          .map(({ symbol: name, quantity }) => [name, quantity]);
        expect(Object.fromEntries(held)).toEqual(expected);
      }
    });
  });

  it('nothing fills outside the quotes or beyond its quantity, and nothing that expired is still held', () => {
    check(({ market, outside }) => {
      expect(outside).toBe(0);
      for (const account of ACCOUNTS) {
        for (const { order, filledQuantity, status } of market.account(account).orders()) {
          expect(filledQuantity).toBeLessThanOrEqual(order.quantity);
          expect(filledQuantity === order.quantity).toBe(status === 'filled');
        }
        for (const { symbol: name } of market.account(account).positions()) expect(EXPIRING).not.toContain(name);
      }
    });
  });

  it('the same script gives the same market, byte for byte', () => {
    check(({ market, executions }, days) => {
      const again = run(days);
      for (const account of ACCOUNTS) {
        expect(canonicalJson(again.executions.get(account))).toBe(canonicalJson(executions.get(account)));
        expect(canonicalJson(told(again.market, account))).toBe(canonicalJson(told(market, account)));
        expect(again.market.account(account).balances()).toEqual(market.account(account).balances());
      }
    }, 40);
  });

  it('a session begins only after the last one has closed', () => {
    const market = new TradingFloor({ date: '2025-06-18', symbols: OPTIONS });
    expect(() => market.nextDay('2025-06-20')).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    market.at('10:00');
    expect(() => market.exchange.openSession(requireSession(marketDate('2025-06-18')), [])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
