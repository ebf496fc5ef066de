import { micros } from '@trading-agent/core';
import type { Bar, Quote, Trade } from '@trading-agent/instruments';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConflatingQueue } from './conflating-queue.ts';
import type { FeedEvent } from './feed-event.ts';

const quote = (symbol: string, at: number): Quote => ({
  symbol,
  at: micros(at),
  bid: 1,
  bidSize: 1,
  ask: 2,
  askSize: 1,
});
const bar = (symbol: string, at: number): Bar => ({
  symbol,
  start: micros(at),
  end: micros(at + 60),
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1,
});
const trade = (symbol: string, at: number): Trade => ({ symbol, at: micros(at), price: 1, size: 1 });

const event: fc.Arbitrary<FeedEvent> = fc
  .record({ kind: fc.constantFrom('quote', 'bar', 'trade'), symbol: fc.constantFrom('A', 'B', 'C'), at: fc.nat(20) })
  .map(({ kind, symbol, at }): FeedEvent => {
    if (kind === 'quote') return { kind, quote: quote(symbol, at) };
    return kind === 'bar' ? { kind, bar: bar(symbol, at) } : { kind: 'trade', trade: trade(symbol, at) };
  });

it('no bar and no trade is lost, of quotes the newest of each instrument stays, and every other one is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 30 }), { maxLength: 6 }), (rounds) => {
      const queue = new ConflatingQueue();
      let [quotes, taken] = [0, 0];
      for (const round of rounds) {
        for (const one of round) queue.push(one);
        const waiting = queue.take();
        const of = <T>(pick: (one: FeedEvent) => T | undefined): T[] =>
          round.flatMap((one) => {
            const picked = pick(one);
            return picked === undefined ? [] : [picked];
          });
        expect(waiting.bars).toEqual(of((one) => (one.kind === 'bar' ? one.bar : undefined)));
        expect(waiting.trades).toEqual(of((one) => (one.kind === 'trade' ? one.trade : undefined)));
        const told = of((one) => (one.kind === 'quote' ? one.quote : undefined));
        for (const { symbol, at } of waiting.quotes)
          expect(at).toBe(Math.max(...told.filter((other) => other.symbol === symbol).map((other) => other.at)));
        expect(waiting.quotes.map(({ symbol }) => symbol).sort()).toEqual(
          [...new Set(told.map(({ symbol }) => symbol))].sort(),
        );
        expect(waiting.gaps).toEqual([]);
        quotes += told.length;
        taken += waiting.quotes.length;
      }
      const { conflated, late, overflowed } = queue.counts();
      expect([conflated + late + taken, overflowed]).toEqual([quotes, 0]);
    }),
  );
});

it('more than fits makes room at the old end, and a gap says of whom', () => {
  const queue = new ConflatingQueue({ capacity: 10 });
  for (let at = 0; at < 12; at++)
    queue.push({ kind: 'trade', trade: trade(at < 2 ? 'A' : 'B', at), channel: 'options' });
  queue.push({ kind: 'quote', quote: quote('Q', 1), channel: 'options' });
  const waiting = queue.take();
  expect(waiting.trades.map(({ at }) => at)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(waiting.quotes).toHaveLength(1);
  expect(waiting.gaps).toMatchObject([
    { channel: 'options', state: 'closed', cause: 'overflow', symbols: ['A'], unfilled: ['A'], to: 1 },
  ]);
  expect(queue.counts()).toEqual({ conflated: 0, late: 0, overflowed: 2 });
  expect(queue.take()).toEqual({ quotes: [], bars: [], trades: [], gaps: [] });
});
