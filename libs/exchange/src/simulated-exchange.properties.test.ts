import type { BrokerEvent } from '@trading-agent/broker';
import { nyInstant, requireSession } from '@trading-agent/calendar';
import {
  MICROS_PER_MINUTE,
  type Usd,
  addUsd,
  canonicalJson,
  marketDate,
  micros,
  negateUsd,
  notional,
  usd,
} from '@trading-agent/core';
import {
  type Execution,
  type Order,
  type PositionIntent,
  type Quote,
  netPrice,
  optionContract,
  sideOf,
} from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import { collateralPerUnit, feesFor } from '@trading-agent/portfolio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExchangeAccount } from './exchange-account.ts';
import { TOUCH_ONLY } from './fill-model.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

const DATE = marketDate('2015-12-24');
const SESSION = requireSession(DATE);
const CONTRACTS = [
  'GOOG160115C00745000',
  'GOOG160115C00750000',
  'GOOG160115P00745000',
  'GOOG160115P00750000',
  'GOOG160219C00745000',
].map((symbol) => optionContract(symbol));
// Little enough that money decides, and prices low enough that much can still be traded.
const CASH = usd(4_000);

const side = fc.option(fc.integer({ min: 1, max: 100 }), { nil: null, freq: 8 });
const row = fc.record({
  contract: fc.constantFrom(...CONTRACTS),
  bid: side,
  spread: fc.integer({ min: 0, max: 20 }),
  asked: fc.constantFrom(true, true, true, true, false),
  bidSize: fc.integer({ min: 0, max: 9 }),
  askSize: fc.integer({ min: 0, max: 9 }),
});
const leg = fc.record({
  symbol: fc.constantFrom(...CONTRACTS.map((contract) => contract.symbol)),
  ratio: fc.constantFrom(1, 1, 2),
  intent: fc.constantFrom<PositionIntent>(
    'buy_to_open',
    'buy_to_open',
    'sell_to_open',
    'sell_to_close',
    'buy_to_close',
  ),
});
const request = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      legs: fc.uniqueArray(leg, { minLength: 1, maxLength: 3, selector: ({ symbol }) => symbol }),
      quantity: fc.integer({ min: 1, max: 8 }),
      limit: fc.option(fc.integer({ min: -100, max: 150 }), { nil: null, freq: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), index: fc.nat(20) }) },
);
const minute = fc.record({ rows: fc.array(row, { maxLength: 8 }), requests: fc.array(request, { maxLength: 6 }) });
const script = fc.record({
  // Minutes after midnight of the first step: before the open, in the session, or up to the close.
  start: fc.constantFrom(9 * 60 + 28, 11 * 60, 12 * 60 + 50),
  minutes: fc.array(minute, { minLength: 1, maxLength: 16 }),
});
type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never;

interface Seen {
  readonly exchange: SimulatedExchange;
  readonly account: ExchangeAccount;
  readonly events: readonly BrokerEvent[];
  readonly submitted: ReadonlyMap<string, Order>;
  /** Executions with the rows that were in force. */
  readonly fills: readonly { readonly execution: Execution; readonly rows: ReadonlyMap<string, Quote> }[];
}

function run({ start, minutes }: Script, afterEach: (account: ExchangeAccount) => void = () => {}): Seen {
  const exchange = new SimulatedExchange({
    accounts: [{ accountNumber: 'PA1', cash: CASH }],
    session: SESSION,
    contracts: CONTRACTS,
    fills: TOUCH_ONLY,
  });
  const account = exchange.account('PA1');
  const events: BrokerEvent[] = [];
  const submitted = new Map<string, Order>();
  const fills: { execution: Execution; rows: ReadonlyMap<string, Quote> }[] = [];
  const rows = new Map<string, Quote>();
  const ids: string[] = [];
  const drain = (): void => {
    for (const event of account.drainEvents()) {
      if (event.kind === 'too-late') continue;
      events.push(event);
      if (event.kind === 'execution') fills.push({ execution: event.execution, rows: new Map(rows) });
    }
    afterEach(account);
  };
  for (const [index, { rows: changes, requests }] of minutes.entries()) {
    const at = micros(nyInstant(DATE, '00:00') + (start + index) * MICROS_PER_MINUTE);
    for (const { contract, bid, spread, asked, bidSize, askSize } of changes) {
      const ask = asked ? ((bid ?? 50) + spread) / 10 : null;
      rows.set(contract.symbol, {
        symbol: contract.symbol,
        at,
        bid: bid === null ? null : bid / 10,
        bidSize: bid === null ? 0 : bidSize,
        ask,
        askSize: ask === null ? 0 : askSize,
      });
    }
    const quotes = [...rows.values()].filter((quote) => quote.at === at);
    const step: MarketStep = { at, quotes, bars: [], trades: [] };
    exchange.advance(step);
    drain();
    for (const [position, wish] of requests.entries()) {
      if (wish.kind === 'cancel') {
        const id = ids[wish.index];
        if (id !== undefined) account.cancel(id);
      } else {
        const [only] = wish.legs;
        const limit = wish.limit === null ? null : wish.limit / 10;
        const order: Order = {
          clientOrderId: `c${index}-${position}`,
          underlying: 'GOOG',
          legs: wish.legs,
          quantity: wish.quantity,
          type: limit === null ? 'market' : 'limit',
          limit:
            limit === null || only === undefined || wish.legs.length > 1
              ? limit
              : Math.max(0.1, Math.abs(limit)) * (sideOf(only.intent) === 'buy' ? 1 : -1),
          timeInForce: 'day',
        };
        const answer = account.submit(order);
        if (answer.accepted) {
          ids.push(answer.brokerOrderId);
          submitted.set(order.clientOrderId, order);
        }
      }
      drain();
    }
  }
  return { exchange, account, events, submitted, fills };
}

const check = (property: (drawn: Script) => void, numRuns = 400): void => {
  fc.assert(
    fc.property(script, (drawn) => {
      property(drawn);
    }),
    { numRuns },
  );
};

describe('whatever is quoted and ordered', () => {
  it('the drawn scripts do trade, packages and single legs, whole and in part', () => {
    let packages = 0;
    let singles = 0;
    let parts = 0;
    check((drawn) => {
      for (const event of run(drawn).events) {
        if (event.kind !== 'execution') continue;
        if (event.execution.legs.length > 1) packages += 1;
        else singles += 1;
        if (event.status === 'partially_filled') parts += 1;
      }
    });
    expect(Math.min(packages, singles, parts)).toBeGreaterThan(10);
  });

  it('fills are at the touch of quoted sides, within the limit, in the session', () => {
    check((drawn) => {
      const { fills, submitted } = run(drawn);
      for (const { execution, rows } of fills) {
        const order = submitted.get(execution.clientOrderId);
        const touches = execution.legs.map(({ symbol, intent }) => {
          const quote = rows.get(symbol);
          return sideOf(intent) === 'buy' ? quote?.ask : quote?.bid;
        });
        expect(execution.legs.map(({ price }) => price)).toEqual(touches);
        expect(
          netPrice(
            order?.legs ?? [],
            execution.legs.map(({ price }) => price),
          ),
        ).toBeLessThanOrEqual(order?.limit ?? Number.POSITIVE_INFINITY);
        expect(execution.legs.map(({ quantity }) => quantity)).toEqual(
          order?.legs.map(({ ratio }) => ratio * execution.quantity),
        );
        expect(execution.at).toBeGreaterThanOrEqual(SESSION.open);
        expect(execution.at).toBeLessThan(SESSION.close);
      }
    });
  });

  it('never more than the displayed size of a row', () => {
    check((drawn) => {
      const taken = new Map<Quote, { bid: number; ask: number }>();
      for (const { execution, rows } of run(drawn).fills) {
        for (const { symbol, intent, quantity } of execution.legs) {
          const quote = rows.get(symbol);
          if (quote === undefined) continue;
          const sum = taken.get(quote) ?? { bid: 0, ask: 0 };
          sum[sideOf(intent) === 'buy' ? 'ask' : 'bid'] += quantity;
          taken.set(quote, sum);
        }
      }
      for (const [quote, { bid, ask }] of taken) {
        expect(bid).toBeLessThanOrEqual(quote.bidSize);
        expect(ask).toBeLessThanOrEqual(quote.askSize);
      }
    }, 1_500);
  });

  it('cash is the start plus the flows of all executions minus their fees', () => {
    check((drawn) => {
      const { account, fills } = run(drawn);
      let expected: Usd = CASH;
      for (const { execution } of fills) {
        expected = addUsd(expected, negateUsd(feesFor(execution, DATE)));
        for (const { intent, quantity, price } of execution.legs) {
          expected = addUsd(expected, notional(price, sideOf(intent) === 'buy' ? -quantity : quantity, 100));
        }
      }
      expect(account.balances().cash).toBe(expected);
    });
  });

  it('cash always carries the worst payoff of what is held, and buying power is never negative', () => {
    const byhand = new Map(CONTRACTS.map((contract) => [String(contract.symbol), contract]));
    check((drawn) => {
      run(drawn, (account) => {
        const held = account.positions().flatMap(({ symbol, quantity }) => {
          const contract = byhand.get(symbol);
          return contract === undefined ? [] : [{ contract, signedRatio: quantity }];
        });
        const { cash, optionsBuyingPower } = account.balances();
        expect(collateralPerUnit(held) ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(cash);
        expect(optionsBuyingPower).toBeGreaterThanOrEqual(0);
      });
    });
  });

  it('an order lives once: new, then fills that add up, then at most one end; none lives after the close', () => {
    check((drawn) => {
      const { exchange, account, events, submitted } = run(drawn);
      for (const { brokerOrderId, order, status, filledQuantity } of account.orders()) {
        const own = events.filter((event) => event.brokerOrderId === brokerOrderId);
        const words = own.map((event) => event.status);
        expect(words[0]).toBe('new');
        expect(words.slice(1, -1).every((word) => word === 'partially_filled')).toBe(true);
        expect(words.at(-1)).toBe(status);
        const filled = own.reduce((sum, event) => sum + (event.kind === 'execution' ? event.execution.quantity : 0), 0);
        expect(filled).toBe(filledQuantity);
        expect(filled === order.quantity).toBe(status === 'filled');
        expect(submitted.get(order.clientOrderId)).toEqual(order);
      }
      const live = account.orders().filter(({ status }) => status === 'new' || status === 'partially_filled');
      expect(exchange.now >= SESSION.close ? live : []).toEqual([]);
    });
  });

  it('the same script gives the same events, byte for byte, and no id twice', () => {
    check((drawn) => {
      const first = run(drawn);
      const second = run(drawn);
      expect(canonicalJson(second.events)).toBe(canonicalJson(first.events));
      expect(canonicalJson(second.account.balances())).toBe(canonicalJson(first.account.balances()));
      const ids = first.fills.map(({ execution }) => execution.executionId);
      expect(new Set(ids).size).toBe(ids.length);
    }, 100);
  });
});
