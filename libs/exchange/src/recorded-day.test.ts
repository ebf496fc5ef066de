import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nyInstant, requireSession } from '@trading-agent/calendar';
import { type Usd, addUsd, marketDate, notional, subtractUsd, usd } from '@trading-agent/core';
import { type OptionContract, type Order, type OrderLeg, optionSymbol, sideOf } from '@trading-agent/instruments';
import { type MarketStep, loadRecordedDay } from '@trading-agent/market-data';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Submission } from './exchange-account.ts';
import { TOUCH_ONLY } from './fill-model.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

const DATE = marketDate('2015-12-24');
const SESSION = requireSession(DATE);
const shared = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data');
const dataDir = join(shared, 'flatfiles');
const strategies = join(shared, 'backtest/lean_goog_20151224_strategies.json');

const COVER = 'O:GOOG160617C00750000';
const OTHER_COVER = 'O:GOOG160617C00760000';

interface ExpectedOrder {
  readonly ticker: string;
  readonly quantity: number;
  readonly expected_fill: number;
}
interface Case {
  readonly name: string;
  readonly use: string;
  readonly orders: readonly ExpectedOrder[];
  readonly marks: Readonly<Record<string, number>>;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** One unit of the orders as one package. */
function unit(clientOrderId: string, orders: readonly ExpectedOrder[]): Order {
  const divisor = orders.map(({ quantity }) => Math.abs(quantity)).reduce(gcd);
  return {
    clientOrderId,
    underlying: 'GOOG',
    legs: orders.map(({ ticker, quantity }): OrderLeg => ({
      symbol: optionSymbol(ticker),
      ratio: Math.abs(quantity) / divisor,
      intent: quantity > 0 ? 'buy_to_open' : 'sell_to_open',
    })),
    quantity: 1,
    type: 'market',
    limit: null,
    timeInForce: 'day',
  };
}

describe.skipIf(!existsSync(dataDir) || !existsSync(strategies))(
  `GOOG on 2015-12-24 (${dataDir}) against the fills of an independent engine (${strategies})`,
  () => {
    let contracts: readonly OptionContract[] = [];
    let steps: readonly MarketStep[] = [];
    let cases: readonly Case[] = [];

    beforeAll(async () => {
      ({ contracts, steps } = await loadRecordedDay({ dataDir, date: DATE, underlyings: ['GOOG'] }));
      cases = JSON.parse(readFileSync(strategies, 'utf8')).cases;
    });

    const open = (cash: Usd = usd(10_000_000)): SimulatedExchange =>
      new SimulatedExchange({
        accounts: [{ accountNumber: 'PA1', cash }],
        session: SESSION,
        contracts,
        fills: TOUCH_ONLY,
      });
    const until = (exchange: SimulatedExchange, time: string): SimulatedExchange => {
      const end = nyInstant(DATE, time);
      for (const step of steps) if (step.at > exchange.now && step.at <= end) exchange.advance(step);
      return exchange;
    };
    const fillPrices = (exchange: SimulatedExchange): number[] =>
      exchange
        .account('PA1')
        .drainEvents()
        .flatMap((event) => (event.kind === 'execution' ? event.execution.legs.map((leg) => leg.price) : []));
    const optionsOf = (one: Case): readonly ExpectedOrder[] =>
      one.orders.filter(({ ticker }) => ticker.startsWith('O:'));

    it('every package that covers its short legs fills at the same prices, the others are refused', () => {
      const outcome = new Map<string, string>();
      for (const one of cases) {
        const orders = optionsOf(one);
        const exchange = until(open(), '09:31');
        const answer = exchange.account('PA1').submit(unit(one.name, orders));
        const prices = fillPrices(exchange);
        const same = prices.join() === orders.map((order) => order.expected_fill).join();
        outcome.set(one.name, answer.accepted ? (same ? 'same' : prices.join() || 'nothing displayed') : answer.reason);
      }
      const uncovered = 'account not eligible to trade uncovered option contracts';
      expect(Object.fromEntries(outcome)).toEqual({
        BullCallSpread: 'same',
        BullPutSpread: 'same',
        BullPutLadder: 'same',
        ShortBoxSpread: 'same',
        ShortButterflyCall: 'same',
        // Two contracts per unit are needed of a leg that shows one.
        ShortButterflyPut: 'nothing displayed',
        PutCalendarSpread: 'same',
        ShortIronButterfly: 'same',
        ShortIronCondor: 'same',
        CoveredPut: 'same',
        BullCallLadder: uncovered,
        ShortCallBackspread: uncovered,
        ShortPutBackspread: uncovered,
        ReverseConversion: uncovered,
        ShortJellyRoll: uncovered,
        // The other engine sold at the ask where nobody bid.
        BearCallSpread: 'no available quote for a market order',
      });
    });

    it('leg by leg, everything quoted at 09:31 fills at the same price', () => {
      const found: [leg: string, price: number | undefined][] = [];
      const expected: typeof found = [];
      for (const one of cases.filter(({ use }) => use !== 'quirk')) {
        for (const order of optionsOf(one)) {
          const exchange = until(open(), '09:31');
          const legs = [{ ...order, quantity: Math.sign(order.quantity) }];
          // A short call must be covered: by a bought one that outlives all of them.
          if (order.quantity < 0 && /\d{6}C/.test(order.ticker)) {
            const cover = order.ticker === COVER ? OTHER_COVER : COVER;
            legs.push({ ticker: cover, quantity: 1, expected_fill: 0 });
          }
          exchange.account('PA1').submit(unit(one.name, legs));
          found.push([`${one.name} ${order.ticker}`, fillPrices(exchange)[0]]);
          expected.push([`${one.name} ${order.ticker}`, order.expected_fill]);
        }
      }
      expect(found).toEqual(expected);
      expect(found.length).toBeGreaterThan(35);
    });

    it('a filled unit is worth its marks at the end of the day', () => {
      const found = new Map<string, Usd>();
      const expected = new Map<string, Usd>();
      for (const one of cases.filter(({ use }) => use !== 'quirk')) {
        const orders = optionsOf(one);
        const exchange = until(open(), '09:31');
        const order = unit(one.name, orders);
        exchange.account('PA1').submit(order);
        if (exchange.account('PA1').positions().length === 0) continue;
        until(exchange, '13:00');
        let worth = subtractUsd(usd(10_000_000), exchange.account('PA1').fees);
        for (const [index, { symbol, intent, ratio }] of order.legs.entries()) {
          const mark = one.marks[`O:${symbol}`] ?? Number.NaN;
          const fill = orders[index]?.expected_fill ?? Number.NaN;
          const signed = sideOf(intent) === 'buy' ? ratio : -ratio;
          worth = addUsd(worth, subtractUsd(notional(mark, signed, 100), notional(fill, signed, 100)));
        }
        found.set(one.name, exchange.account('PA1').balances().equity);
        expected.set(one.name, worth);
      }
      expect(found.size).toBe(9);
      expect(found).toEqual(expected);
    });

    it('nothing is bought without an ask nor sold without a bid, at no minute of the day', () => {
      const exchange = open();
      let attempts = 0;
      let refused = 0;
      const probe = (step: MarketStep): void => {
        for (const quote of step.quotes) {
          if (quote.ask !== null && quote.bid !== null) continue;
          const legs = [{ ticker: `O:${quote.symbol}`, quantity: quote.ask === null ? 1 : -1, expected_fill: 0 }];
          const answer: Submission = exchange.account('PA1').submit(unit(`${step.at}-${quote.symbol}`, legs));
          attempts += 1;
          if (!answer.accepted) refused += 1;
        }
      };
      for (const step of steps) {
        exchange.advance(step);
        if (exchange.now >= SESSION.open) probe(step);
      }
      expect(attempts).toBeGreaterThan(1_000);
      expect(refused).toBe(attempts);
      expect(exchange.account('PA1').positions()).toEqual([]);
    });

    it('an order that would fill at any price fills until the close at 13:00 and not after', () => {
      const exchange = until(open(), '09:31');
      exchange.account('PA1').submit({
        clientOrderId: 'patient',
        underlying: 'GOOG',
        legs: [{ symbol: optionSymbol('GOOG160115C00745000'), ratio: 1, intent: 'buy_to_open' }],
        quantity: 5_000,
        type: 'limit',
        limit: 18,
        timeInForce: 'day',
      });
      for (const step of steps) if (step.at > exchange.now) exchange.advance(step);
      const times = exchange
        .account('PA1')
        .drainEvents()
        .flatMap((event) => (event.kind === 'execution' ? [event.at] : []));
      expect(times.length).toBeGreaterThan(50);
      expect(Math.max(...times)).toBeLessThan(nyInstant(DATE, '13:00'));
      expect(Math.max(...times)).toBeGreaterThan(nyInstant(DATE, '12:50'));
      expect(
        exchange
          .account('PA1')
          .orders()
          .map(({ status }) => status),
      ).toEqual(['expired']);
    });
  },
);
