import { micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { ReturnHistory } from './return-history.ts';

function push(history: ReturnHistory, symbol: string, closes: readonly number[], from = 0): void {
  for (const [index, close] of closes.entries()) {
    const end = micros((from + index) * MICROS_PER_MINUTE);
    const start = micros(end - MICROS_PER_MINUTE);
    history.push({ symbol, start, end, open: close, high: close, low: close, close, volume: 1 });
  }
}

/** A zigzag of `size` around 100. */
const zigzag = (minutes: number, size: number): number[] =>
  Array.from({ length: minutes }, (_, index) => 100 + (index % 2 === 0 ? size : -size));

const wave = (minutes: number, speed: number): number[] =>
  Array.from({ length: minutes }, (_, index) => 100 + Math.sin(speed * index * index));

describe('the volatility ratio', () => {
  it('compares the last bars with those before', () => {
    const history = new ReturnHistory();
    push(history, 'TWX', [...zigzag(40, 0.1), ...zigzag(15, 0.5)]);
    expect(history.volatilityRatio('TWX', 15)).toBeGreaterThan(4.5);
    expect(history.volatilityRatio('TWX', 15)).toBeLessThan(5.1);
  });

  it('is not known before there are enough bars of either, and is nothing where nothing moves', () => {
    const history = new ReturnHistory();
    push(history, 'TWX', zigzag(35, 0));
    expect(history.volatilityRatio('TWX', 15)).toBeNull();
    push(history, 'TWX', [100], 35);
    expect(history.volatilityRatio('TWX', 15)).toBe(0);
    expect(history.volatilityRatio('GOOG', 15)).toBeNull();
  });

  it('leaves the night out', () => {
    const history = new ReturnHistory();
    push(history, 'TWX', zigzag(40, 0.1));
    push(
      history,
      'TWX',
      [...zigzag(20, 0.1)].map((close) => close + 30),
      1_000,
    );
    expect(history.volatilityRatio('TWX', 15)).toBeLessThan(1.1);
  });
});

describe('what is kept', () => {
  it('is a session of minutes: what is older counts no more', () => {
    const history = new ReturnHistory();
    push(history, 'TWX', zigzag(100, 1));
    push(history, 'TWX', zigzag(250, 0.1), 100);
    const both = history.realisedVolatility('TWX') ?? Number.NaN;
    push(history, 'TWX', zigzag(142, 0.1), 350);
    const calm = history.realisedVolatility('TWX') ?? Number.NaN;
    // A hundred of 350 minutes moved ten times as much; of the last 390 none did.
    expect(both / calm).toBeGreaterThan(5);
    expect(calm).toBeCloseTo(0.002 * Math.sqrt(252 * 390), 2);
  });
});

describe('the correlation', () => {
  it('of two underlyings is that of the sample', () => {
    const history = new ReturnHistory();
    push(history, 'A', wave(60, 0.7));
    push(
      history,
      'B',
      wave(60, 0.7).map((close) => 200 - close),
    );
    expect(history.correlation('A', 'B')).toBeLessThan(-0.99);
    expect(history.correlation('A', 'A')).toBeCloseTo(1, 9);
  });

  it('of several is drawn to their mean, and follows every new bar', () => {
    const history = new ReturnHistory();
    for (const [symbol, speed] of [
      ['A', 0.7],
      ['B', 0.7],
      ['C', 1.3],
      ['D', 2.9],
    ] as const)
      push(history, symbol, wave(60, speed));
    const before = history.correlation('A', 'B') ?? 0;
    expect(before).toBeGreaterThan(0.5);
    expect(before).toBeLessThanOrEqual(1);
    for (const symbol of ['A', 'B', 'C', 'D']) push(history, symbol, [symbol === 'A' ? 150 : 50], 60);
    expect(history.correlation('A', 'B')).not.toBe(before);
  });

  it('is not known with fewer than twenty minutes in common', () => {
    const history = new ReturnHistory();
    push(history, 'A', wave(60, 0.7));
    push(history, 'B', wave(60, 0.7), 45);
    expect(history.correlation('A', 'B')).toBeNull();
  });
});
