import { micros } from '@trading-agent/core';
import type { Quote } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuoteBook, conflate } from './quote-book.ts';

const quote = (at: number, bid: number | null, ask: number | null, symbol = 'A'): Quote => ({
  symbol,
  at: micros(at),
  bid,
  bidSize: bid === null ? 0 : 1,
  ask,
  askSize: ask === null ? 0 : 1,
});

const bookOf = (...quotes: Quote[]) => {
  const book = new QuoteBook();
  for (const each of quotes) book.apply(each);
  return book;
};

describe('QuoteBook', () => {
  it('marks at the mid of the last known sides but does not carry them into the quote', () => {
    const book = bookOf(quote(1, 1, 2), quote(2, null, 2.2));
    expect(book.mark('A')).toBeCloseTo(1.6, 12);
    expect(book.quote('A')).toEqual(quote(2, null, 2.2));
    expect(book.entry('A')).toEqual({ latest: quote(2, null, 2.2), bid: 1, bidAt: 1, ask: 2.2, askAt: 2 });
  });

  it('has no mark before both sides were quoted', () => {
    expect(bookOf().mark('A')).toBeNull();
    expect(bookOf(quote(1, null, null)).mark('A')).toBeNull();
    expect(bookOf(quote(1, 1, null), quote(2, 1.1, null)).mark('A')).toBeNull();
    expect(bookOf(quote(1, null, 2)).mark('A')).toBeNull();
  });

  it('marks at the newer side when it has overtaken the older one', () => {
    expect(bookOf(quote(1, 1, 2), quote(2, null, 0.5)).mark('A')).toBe(0.5);
    expect(bookOf(quote(1, 1, 2), quote(2, 3, null)).mark('A')).toBe(3);
  });

  it('leaves out quotes that are older than what is known, and takes a second one of the same instant', () => {
    const book = bookOf(quote(5, 1, 2));
    expect(book.apply(quote(4, 7, 8))).toBe(false);
    expect(book.mark('A')).toBe(1.5);
    expect(book.apply(quote(5, 2, 3))).toBe(true);
    expect(book.mark('A')).toBe(2.5);
    expect(book.size).toBe(1);
  });
});

describe('conflate', () => {
  it('keeps the latest per symbol in symbol order', () => {
    expect(conflate([quote(2, 1, 2, 'B'), quote(1, 1, 2, 'A'), quote(1, 5, 6, 'B'), quote(1, 3, 4, 'A')])).toEqual([
      quote(1, 3, 4, 'A'),
      quote(2, 1, 2, 'B'),
    ]);
  });

  it('leaves the book where the whole stream leaves it, and conflating twice changes nothing', () => {
    const stream = fc.array(
      fc
        .record({ at: fc.nat(5), bid: fc.nat(50), width: fc.nat(5), symbol: fc.constantFrom('A', 'B', 'C') })
        .map(({ at, bid, width, symbol }) => quote(at, bid, bid + width, symbol)),
    );
    fc.assert(
      fc.property(stream, (quotes) => {
        const kept = conflate(quotes);
        expect(conflate(kept)).toEqual(kept);
        const whole = bookOf(...quotes);
        const short = bookOf(...kept);
        for (const symbol of ['A', 'B', 'C']) expect(short.quote(symbol)).toEqual(whole.quote(symbol));
      }),
    );
  });
});
