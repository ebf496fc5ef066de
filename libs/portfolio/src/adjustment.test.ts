import { type Usd, ZERO_USD, addUsd, subtractUsd, usd } from '@trading-agent/core';
import { optionContract } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PositionMove } from './adjustment.ts';
import { Portfolio } from './portfolio.ts';

const CALL = optionContract('AAPL250620C00150000').symbol;

function portfolio(cash: Usd = usd(50_000)): Portfolio {
  return new Portfolio({ cash, contracts: (symbol) => optionContract(symbol) });
}
const option = (quantity: number, price: number): PositionMove => ({ symbol: CALL, quantity, price, multiplier: 100 });
const shares = (quantity: number, price: number): PositionMove => ({ symbol: 'AAPL', quantity, price, multiplier: 1 });

describe('an adjustment', () => {
  // The two calls of Alpaca's guide to option activities: assigned at 150, the shares are sold for 30,000.
  it('assigns two short calls: the options go for nothing, 200 shares are sold at the strike', () => {
    const book = portfolio();
    book.adjust({ adjustmentId: 'open', cash: ZERO_USD, moves: [option(-2, 3)] });
    const booking = book.adjust({ adjustmentId: 'assigned', cash: ZERO_USD, moves: [option(2, 0), shares(-200, 150)] });
    expect(booking).toEqual({ realized: usd(600), fees: ZERO_USD, cashChange: usd(30_000) });
    expect(book.positions()).toEqual([]);
    expect(book.shares()).toEqual([{ ticker: 'AAPL', quantity: -200, averagePrice: 150 }]);
    expect(book.value((symbol) => (symbol === 'AAPL' ? 148 : null)).equity).toBe(usd(50_000 + 600 + 400));
  });

  it('counts once', () => {
    const book = portfolio();
    const dividend = { adjustmentId: 'dividend', cash: usd(52.5), moves: [] };
    expect(book.adjust(dividend)).toMatchObject({ cashChange: usd(52.5), realized: usd(52.5) });
    expect(book.adjust(dividend)).toBe('duplicate');
    expect(book.cash).toBe(usd(50_052.5));
  });

  it.each([0, 1.5, Number.NaN])('with %d units books nothing', (quantity) => {
    const book = portfolio();
    const moves = [shares(100, 150), { ...option(1, 1), quantity }];
    expect(() => book.adjust({ adjustmentId: 'bad', cash: ZERO_USD, moves })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
    expect(book.cash).toBe(usd(50_000));
    expect(book.shares()).toEqual([]);
  });

  it('splits shares without moving cash or profit, at the cost they had', () => {
    const book = portfolio();
    book.adjust({ adjustmentId: 'bought', cash: ZERO_USD, moves: [shares(30, 333.33)] });
    const { cash } = book;
    const split = { adjustmentId: 'split', from: 'AAPL', to: 'AAPL', quantity: 210, multiplier: 1 };
    book.convert(split);
    book.convert(split);
    expect(book.cash).toBe(cash);
    expect(book.realized).toBe(ZERO_USD);
    expect(book.shares().map(({ ticker, quantity }) => [ticker, quantity])).toEqual([['AAPL', 210]]);
    expect(book.value((symbol) => (symbol === 'AAPL' ? 333.33 / 7 : null)).unrealized).toBeLessThan(1_000);
  });

  it('never puts a holding in the place of another', () => {
    const book = portfolio();
    const other = { ...shares(5, 10), symbol: 'MSFT' };
    book.adjust({ adjustmentId: 'bought', cash: ZERO_USD, moves: [shares(30, 333.33), other] });
    const into = { adjustmentId: 'merger', from: 'AAPL', to: 'MSFT', quantity: 60, multiplier: 1 };
    expect(() => book.convert(into)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    expect(book.shares().map(({ ticker, quantity }) => [ticker, quantity])).toEqual([
      ['AAPL', 30],
      ['MSFT', 5],
    ]);
  });

  it('keeps equity minus start equal to realized plus unrealized, whatever moves', () => {
    const move = fc.oneof(
      fc
        .record({ quantity: fc.integer({ min: -20, max: 20 }), price: fc.integer({ min: 0, max: 9_999 }) })
        .map(({ quantity, price }) => option(quantity || 1, price / 100)),
      fc
        .record({ quantity: fc.integer({ min: -900, max: 900 }), price: fc.integer({ min: 0, max: 99_999 }) })
        .map(({ quantity, price }) => shares(quantity || 1, price / 100)),
    );
    const step = fc.record({ cents: fc.integer({ min: -5_000, max: 5_000 }), moves: fc.array(move, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const book = portfolio();
        let flows = usd(50_000);
        for (const [index, { cents, moves }] of steps.entries()) {
          const booking = book.adjust({ adjustmentId: `a${index}`, cash: usd(cents / 100), moves });
          if (booking !== 'duplicate') flows = addUsd(flows, booking.cashChange);
        }
        expect(book.cash).toBe(flows);
        const { equity, unrealized } = book.value((symbol) => (symbol === CALL ? 12.34 : 151.07));
        expect(subtractUsd(equity, usd(50_000))).toBe(addUsd(book.realized, unrealized));
      }),
    );
  });
});
