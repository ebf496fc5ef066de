import { nextSession, nyInstant, nyDate, sessionsBetween } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { TechnicalBars } from '@trading-agent/market-data';
import { describe, expect, it } from 'vitest';
import { runIndicator } from './indicator.ts';
import { exponentialMovingAverage } from './moving-average.ts';
import { technicalAnalysis } from './technical-analysis.ts';

const TODAY = marketDate('2026-11-20');
const sessions = sessionsBetween(marketDate('2019-01-02'), TODAY);
/** A price that wanders without a random number. */
const close = (index: number): number => 100 + 10 * Math.sin(index / 7) + index / 50;
const all: readonly Bar[] = sessions.map((date, index) => ({
  symbol: 'SPY',
  start: nyInstant(date, '00:00'),
  end: nyInstant(nextSession(date), '00:00'),
  open: close(index) + 1,
  high: close(index) + 2,
  low: close(index) - 2,
  close: close(index),
  volume: 1,
}));
const asked: Parameters<TechnicalBars>[0][] = [];
const technical = technicalAnalysis(
  (request) => {
    asked.push(request);
    return Promise.resolve(all.filter(({ start }) => nyDate(start) >= request.from && nyDate(start) <= request.to));
  },
  () => TODAY,
);
const november = { symbol: 'SPY', from: marketDate('2026-11-02'), to: marketDate('2026-11-13') };

describe('technicalAnalysis', () => {
  it('gives one value a session, of that session and those before it alone', async () => {
    const values = await technical.sma({ ...november, window: 3 });
    const last = all.filter(({ start }) => nyDate(start) <= november.to).slice(-3);
    expect(values).toHaveLength(10);
    expect(values.map(({ at }) => nyDate(at))).toEqual(sessionsBetween(november.from, november.to));
    expect(values.at(-1)?.value).toBeCloseTo(last.reduce((sum, bar) => sum + bar.close, 0) / 3, 9);
    expect(asked.at(-1)?.to).toBe(november.to);
  });

  it('reads far enough back that a recursive average is that of the whole series', async () => {
    const whole = runIndicator(
      exponentialMovingAverage(50),
      all.map((bar) => bar.close),
    );
    const byStart = new Map(all.map(({ start }, index) => [start, whole[index]]));
    const values = await technical.ema({ ...november, window: 50 });
    expect(values).toHaveLength(10);
    for (const { at, value } of values) expect(value).toBeCloseTo(byStart.get(at) ?? Number.NaN, 6);
  });

  it('has the standards of the vendor, and the newest so many', async () => {
    expect(await technical.rsi({ ...november, limit: 2 })).toEqual(
      (await technical.rsi({ ...november, window: 14 })).slice(-2),
    );
    const same = { shortWindow: 12, longWindow: 26, signalWindow: 9 };
    expect(await technical.macd(november)).toEqual(await technical.macd({ ...november, ...same }));
    for (const { value, signal, histogram } of await technical.macd(november))
      expect(histogram).toBeCloseTo(value - signal, 12);
    expect((await technical.sma({ ...november, of: 'open', window: 1 })).at(-1)?.value).toBeCloseTo(
      (await technical.sma({ ...november, window: 1 })).at(-1)?.value ?? Number.NaN,
      -1,
    );
  });

  it('refuses spans and windows that it does not know', async () => {
    await expect(technical.sma({ ...november, timespan: 'week' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(technical.sma({ ...november, window: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  });
});
