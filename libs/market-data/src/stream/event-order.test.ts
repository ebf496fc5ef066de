import { type Micros, micros, MICROS_PER_MINUTE, microsFromRfc3339 } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventOrder } from './event-order.ts';

const START = microsFromRfc3339('2026-03-02T15:00:00Z');
const at = (seconds: number): Micros => micros(START + seconds * 1_000_000);
const NEXT_DAY = micros(START + 18 * 60 * MICROS_PER_MINUTE);

describe('quotes', () => {
  it('by number: the same one is a duplicate, a lower one late, whatever the times say', () => {
    const order = new EventOrder();
    const places = [
      order.quote('A', at(1), 10),
      order.quote('A', at(1), 11),
      order.quote('A', at(2), 11),
      order.quote('A', at(3), 9),
      order.quote('A', at(1), 15),
      order.quote('B', at(0), 1),
    ];
    expect(places).toEqual(['next', 'next', 'duplicate', 'late', 'next', 'next']);
  });

  it('without numbers by time', () => {
    const order = new EventOrder();
    expect([order.quote('A', at(2), -1), order.quote('A', at(1), -1), order.quote('A', at(2), -1)]).toEqual([
      'next',
      'late',
      'next',
    ]);
  });

  it('numbers begin anew with the next day', () => {
    const order = new EventOrder();
    order.quote('A', START, 5_000_000);
    expect(order.quote('A', NEXT_DAY, 3)).toBe('next');
    expect(order.quote('A', START, 5_000_001)).toBe('late');
  });

  it('of any shuffled and repeated stream, those that are next rise, and every newest is among them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 80 }), (sequences) => {
        const order = new EventOrder();
        const taken = sequences.filter((sequence) => order.quote('A', at(sequence), sequence) === 'next');
        expect(taken).toEqual([...new Set(taken)].toSorted((a, b) => a - b));
        expect(taken.at(-1)).toBe(Math.max(...sequences));
      }),
    );
  });
});

describe('trades', () => {
  it('each number once, late ones too', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (sequences) => {
        const order = new EventOrder();
        const taken = sequences.filter((sequence) => order.trade('A', at(sequence), sequence) !== 'duplicate');
        expect(taken).toEqual([...new Set(sequences)]);
      }),
    );
  });

  it('numbers that are left out are counted where every number comes once', () => {
    const order = new EventOrder();
    order.trade('A', at(0), 7);
    expect([
      order.missingTrades('A', at(1), 8),
      order.missingTrades('A', at(1), 12),
      order.missingTrades('B', at(1), 12),
    ]).toEqual([0, 4, 0]);
    expect(order.missingTrades('A', NEXT_DAY, 12)).toBe(0);
  });
});

describe('bars', () => {
  const bar = (minute: number, close: number, seconds = 60): Bar => {
    const start = at(minute * 60);
    return { symbol: 'A', start, end: micros(start + seconds * 1_000_000), open: 1, high: 9, low: 1, close, volume: 1 };
  };

  it('the same again is a duplicate, the same window with other figures a correction, an older one late', () => {
    const order = new EventOrder();
    expect([bar(1, 2), bar(1, 2), bar(1, 3), bar(2, 3), bar(1, 2)].map((row) => order.bar(row))).toEqual([
      'next',
      'duplicate',
      'next',
      'next',
      'late',
    ]);
  });

  it('minutes and seconds do not mix', () => {
    const order = new EventOrder();
    expect([order.bar(bar(5, 2, 1)), order.bar(bar(1, 2))]).toEqual(['next', 'next']);
  });
});
