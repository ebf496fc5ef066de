import { nyInstant } from '@trading-agent/calendar';
import { TradingError, type Usd, ZERO_USD, addUsd, marketDate, notional, subtractUsd, usd } from '@trading-agent/core';
import {
  type Execution,
  type ExecutionLeg,
  type OptionSymbol,
  type PositionIntent,
  optionContract,
  optionSymbol,
  sideOf,
} from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feesFor } from './fees.ts';
import { Portfolio } from './portfolio.ts';

const DATE = marketDate('2015-12-24');
const AT = nyInstant(DATE, '09:31');
const CALL = optionSymbol('GOOG160115C00750000');
const PUT = optionSymbol('GOOG160115P00745000');
const MINI = optionSymbol('GOOG7140118C00750000');

let count = 0;
function execution(legs: readonly ExecutionLeg[], executionId = `e${(count += 1)}`): Execution {
  return { executionId, clientOrderId: 'c1', at: AT, quantity: 1, legs };
}

function one(intent: PositionIntent, quantity: number, price: number, symbol: OptionSymbol = CALL): Execution {
  return execution([{ symbol, intent, quantity, price }]);
}

function portfolio(cash: Usd = usd(25_000)): Portfolio {
  return new Portfolio({ cash, contracts: (symbol) => optionContract(symbol) });
}

function booked(book: Portfolio, fill: Execution): { realized: Usd; fees: Usd; cashChange: Usd } {
  const booking = book.apply(fill);
  if (booking === 'duplicate') throw new TradingError('INTERNAL', 'booked twice');
  return booking;
}

describe('shares', () => {
  it('that an assignment brought are sold by an execution, at a multiplier of one', () => {
    const holdings = [{ symbol: 'GOOG', quantity: 100, averagePrice: 750, multiplier: 1 }];
    const book = new Portfolio({ cash: usd(1_000), contracts: (symbol) => optionContract(symbol), holdings });
    const sale = execution([{ symbol: 'GOOG', intent: 'sell_to_close', quantity: 60, price: 745 }]);
    // Section 31: 44,700 x 18.4 / 1e6 = 0.83; activity fee 60 x 0.000119 -> 0.01.
    expect(booked(book, sale)).toEqual({ realized: usd(-300), fees: usd(0.84), cashChange: usd(44_699.16) });
    expect(book.apply(sale)).toBe('duplicate');
    expect(book.shares()).toEqual([{ ticker: 'GOOG', quantity: 40, averagePrice: 750 }]);
    expect(book.positions()).toEqual([]);
    booked(book, execution([{ symbol: 'GOOG', intent: 'sell_to_close', quantity: 40, price: 745 }]));
    expect(book.shares()).toEqual([]);
  });
});

describe('one contract', () => {
  it('averages the cost of what is added and realises against the average', () => {
    const book = portfolio();
    booked(book, one('buy_to_open', 1, 10));
    booked(book, one('buy_to_open', 2, 13));
    expect(book.positions()).toEqual([{ symbol: CALL, quantity: 3, averagePrice: 12, multiplier: 100 }]);
    expect(booked(book, one('sell_to_close', 1, 15)).realized).toBe(usd(300));
    expect(book.positions()).toEqual([{ symbol: CALL, quantity: 2, averagePrice: 12, multiplier: 100 }]);
    expect(booked(book, one('sell_to_close', 2, 11)).realized).toBe(usd(-200));
    expect(book.positions()).toEqual([]);
    expect(book.realized).toBe(usd(100));
    expect(book.cash).toBe(addUsd(usd(25_100), subtractUsd(ZERO_USD, book.fees)));
  });

  it('a short gains when it is bought back for less', () => {
    const book = portfolio();
    const opening = one('sell_to_open', 2, 11, PUT);
    const { cashChange, fees } = booked(book, opening);
    expect(fees).toBe(feesFor(opening, DATE));
    expect(cashChange).toBe(subtractUsd(usd(2_200), fees));
    expect(book.positions()).toEqual([{ symbol: PUT, quantity: -2, averagePrice: 11, multiplier: 100 }]);
    expect(booked(book, one('buy_to_close', 2, 4, PUT)).realized).toBe(usd(1_400));
  });

  it('a fill larger than the position closes it and opens the other side at the fill price', () => {
    const book = portfolio();
    booked(book, one('buy_to_open', 2, 10));
    expect(booked(book, one('sell_to_close', 5, 12)).realized).toBe(usd(400));
    expect(book.positions()).toEqual([{ symbol: CALL, quantity: -3, averagePrice: 12, multiplier: 100 }]);
    expect(booked(book, one('buy_to_close', 4, 9)).realized).toBe(usd(900));
    expect(book.positions()).toEqual([{ symbol: CALL, quantity: 1, averagePrice: 9, multiplier: 100 }]);
  });

  it('a mini contract moves ten shares', () => {
    const book = portfolio();
    const { cashChange, fees } = booked(book, one('buy_to_open', 1, 50, MINI));
    expect(cashChange).toBe(subtractUsd(usd(-500), fees));
    expect(book.value(() => 60).unrealized).toBe(usd(100));
  });

  it('a position without a mark is carried at cost and named', () => {
    const book = portfolio();
    booked(book, one('buy_to_open', 1, 10));
    booked(book, one('sell_to_open', 1, 11, PUT));
    const { equity, unrealized, unmarked } = book.value((symbol) => (symbol === CALL ? 12 : null));
    expect(unrealized).toBe(usd(200));
    expect(unmarked).toEqual([PUT]);
    expect(equity).toBe(subtractUsd(usd(25_200), book.fees));
  });
});

describe('once and whole', () => {
  it('an execution told again changes nothing', () => {
    const book = portfolio();
    const fill = one('buy_to_open', 1, 10);
    booked(book, fill);
    const before = { cash: book.cash, fees: book.fees, positions: book.positions() };
    expect(book.apply(fill)).toBe('duplicate');
    expect(book.apply({ ...fill, quantity: 7 })).toBe('duplicate');
    expect({ cash: book.cash, fees: book.fees, positions: book.positions() }).toEqual(before);
  });

  it('a package with one bad leg books nothing and may be told again', () => {
    const book = portfolio();
    const good: ExecutionLeg = { symbol: CALL, intent: 'buy_to_open', quantity: 1, price: 10 };
    const bad: ExecutionLeg = { symbol: PUT, intent: 'sell_to_open', quantity: 1.5, price: 5 };
    expect(() => book.apply(execution([good, bad], 'x'))).toThrow(TradingError);
    expect(book.cash).toBe(usd(25_000));
    expect(book.positions()).toEqual([]);
    expect(book.apply(execution([good, { ...bad, quantity: 1 }], 'x'))).not.toBe('duplicate');
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %d as a price', (price) => {
    expect(() => portfolio().apply(one('buy_to_open', 1, price))).toThrow(TradingError);
  });
});

describe('whatever is traded', () => {
  const trade = fc.record({
    symbol: fc.constantFrom(CALL, PUT, MINI),
    intent: fc.constantFrom<PositionIntent>('buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close'),
    quantity: fc.integer({ min: 1, max: 40 }),
    price: fc.integer({ min: 1, max: 400_000 }).map((ticks) => ticks / 10_000),
  });
  const packages = fc.array(fc.array(trade, { minLength: 1, maxLength: 4 }), { maxLength: 30 });
  const mark = fc.integer({ min: 0, max: 500_000 }).map((ticks) => ticks / 10_000);

  it('equity minus start is realised plus unrealised minus fees, and cash is the sum of all flows', () => {
    fc.assert(
      fc.property(packages, mark, mark, (fills, callMark, otherMark) => {
        const book = portfolio();
        let flows = usd(25_000);
        for (const [index, legs] of fills.entries()) {
          const fill = execution(legs, `p${index}`);
          const { cashChange } = booked(book, fill);
          let expected: Usd = subtractUsd(ZERO_USD, feesFor(fill, DATE));
          for (const { symbol, intent, quantity, price } of legs) {
            const signed = sideOf(intent) === 'buy' ? -quantity : quantity;
            expected = addUsd(expected, notional(price, signed, optionContract(symbol).multiplier));
          }
          expect(cashChange).toBe(expected);
          flows = addUsd(flows, cashChange);
        }
        expect(book.cash).toBe(flows);
        const { equity, unrealized } = book.value((symbol) => (symbol === CALL ? callMark : otherMark));
        expect(subtractUsd(equity, usd(25_000))).toBe(subtractUsd(addUsd(book.realized, unrealized), book.fees));
      }),
    );
  });

  it('quantities are the signed sums and positions come sorted, never empty', () => {
    fc.assert(
      fc.property(packages, (fills) => {
        const book = portfolio();
        const sums = new Map<OptionSymbol, number>();
        for (const [index, legs] of fills.entries()) {
          booked(book, execution(legs, `p${index}`));
          for (const { symbol, intent, quantity } of legs) {
            sums.set(symbol, (sums.get(symbol) ?? 0) + (sideOf(intent) === 'buy' ? quantity : -quantity));
          }
        }
        const expected = [...sums.entries()]
          .filter(([, quantity]) => quantity !== 0)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        expect(book.positions().map(({ symbol, quantity }) => [symbol, quantity])).toEqual(expected);
        for (const { averagePrice } of book.positions()) expect(averagePrice).toBeGreaterThan(0);
      }),
    );
  });
});
