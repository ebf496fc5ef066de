import { marketDate, micros } from '@trading-agent/core';
import { nyDate } from '@trading-agent/calendar';
import type { Bar } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { generateCorporateActions } from './corporate-actions.ts';
import { generateMinuteBars } from './synthetic-market.ts';
import { underlyingProfile } from './underlyings.ts';

// Eight years, fixed seed: the limits below are about four standard errors wide, so that only a change of the process can break them.
// The placebo, because nothing but noise may move it; splits are divided out and dividends added.
const range = { from: marketDate('2016-01-04'), to: marketDate('2023-12-29'), seed: 11, kind: 'placebo' } as const;
const actions = generateCorporateActions({ symbols: ['SPY', 'TSLA'], ...range });
const days = (symbol: string) => [...groupByDay(generateMinuteBars({ symbol, ...range })).values()];
const spy = days('SPY');
const tsla = days('TSLA');

function groupByDay(bars: readonly Bar[]): Map<string, Bar[]> {
  const found = new Map<string, Bar[]>();
  for (const bar of bars) {
    const date = nyDate(bar.start);
    const list = found.get(date);
    if (list) list.push(bar);
    else found.set(date, [bar]);
  }
  return found;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};
const correlation = (a: readonly number[], b: readonly number[]) => {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(a.map((value, index) => (value - ma) * ((b[index] ?? 0) - mb))) / (deviation(a) * deviation(b));
};
const lagged = (values: readonly number[]) => correlation(values.slice(1), values.slice(0, -1));
const closes = (list: readonly Bar[][]) => list.map((bars) => bars.at(-1)?.close ?? Number.NaN);
const opens = (list: readonly Bar[][]) => list.map((bars) => bars[0]?.open ?? Number.NaN);
describe('the synthetic market', () => {
  const spyReturns = dailyReturns('SPY', spy);
  const tslaReturns = dailyReturns('TSLA', tsla);

  it('drifts nowhere: neither over the day nor within it is there a mean to earn', () => {
    for (const list of [spy, tsla]) {
      const intraday = list.map((bars) => (bars.at(-1)?.close ?? 0) / (bars[0]?.open ?? 0) - 1);
      expect(Math.abs(mean(intraday))).toBeLessThan((4 * deviation(intraday)) / Math.sqrt(intraday.length));
    }
    for (const returns of [spyReturns, tslaReturns])
      expect(Math.abs(mean(returns))).toBeLessThan((4 * deviation(returns)) / Math.sqrt(returns.length));
  });

  it('gives nothing to predict: returns follow neither the day before, nor the gap, nor the morning', () => {
    for (const [list, returns] of [
      [spy, spyReturns],
      [tsla, tslaReturns],
    ] as const) {
      const limit = 4 / Math.sqrt(list.length);
      expect(Math.abs(lagged(returns))).toBeLessThan(limit);
      const middle = list.map((bars) => bars[Math.floor(bars.length / 2)]?.close ?? Number.NaN);
      const first = opens(list);
      const morning = middle.map((price, index) => Math.log(price / (first[index] ?? Number.NaN)));
      const afternoon = closes(list).map((price, index) => Math.log(price / (middle[index] ?? Number.NaN)));
      expect(Math.abs(correlation(morning, afternoon))).toBeLessThan(limit);
    }
    const minutes = spy.slice(0, 500).flatMap((bars) => bars.map((bar) => Math.log(bar.close / bar.open)));
    expect(Math.abs(lagged(minutes))).toBeLessThan(0.02);
  });

  it('has the volatility of its profiles and prices near their level', () => {
    for (const [symbol, list, returns] of [
      ['SPY', spy, spyReturns],
      ['TSLA', tsla, tslaReturns],
    ] as const) {
      const profile = underlyingProfile(symbol);
      const annual = deviation(returns) * Math.sqrt(252);
      expect(annual).toBeGreaterThan(0.8 * profile.volatility);
      expect(annual).toBeLessThan(1.25 * profile.volatility);
      const level = mean(closes(list)) / profile.price;
      expect(level).toBeGreaterThan(0.4);
      expect(level).toBeLessThan(2.5);
    }
  });

  it('moves together, in clusters, with fat tails', () => {
    expect(correlation(spyReturns, tslaReturns)).toBeGreaterThan(0.3);
    expect(correlation(spyReturns, tslaReturns)).toBeLessThan(0.8);
    expect(lagged(spyReturns.map(Math.abs))).toBeGreaterThan(0.05);
    const kurtosis = mean(spyReturns.map((value) => value ** 4)) / mean(spyReturns.map((value) => value ** 2)) ** 2;
    expect(kurtosis).toBeGreaterThan(3.3);
    expect(kurtosis).toBeLessThan(15);
  });

  it('is busy at the open, quiet at noon, busy at the close', () => {
    const full = spy.filter((bars) => bars.length === 390);
    const movement = (from: number, to: number) =>
      mean(full.map((bars) => mean(bars.slice(from, to).map((bar) => Math.abs(Math.log(bar.close / bar.open))))));
    const volume = (from: number, to: number) =>
      mean(full.map((bars) => mean(bars.slice(from, to).map((bar) => bar.volume))));
    for (const of of [movement, volume]) {
      expect(of(0, 15)).toBeGreaterThan(1.3 * of(180, 210));
      expect(of(375, 390)).toBeGreaterThan(1.15 * of(180, 210));
    }
  });
});

/** Total log returns from close to close. */
function dailyReturns(symbol: string, list: readonly Bar[][]): number[] {
  const prices = closes(list);
  return prices.slice(1).map((close, index) => {
    const date = nyDate(list[index + 1]?.[0]?.start ?? micros(0));
    const split = actions.splits.find((one) => one.symbol === symbol && one.date === date);
    const dividend = actions.dividends.find((one) => one.symbol === symbol && one.exDate === date);
    const ratio = split === undefined ? 1 : split.to / split.from;
    return Math.log((ratio * (close + (dividend?.amount ?? 0))) / (prices[index] ?? Number.NaN));
  });
}
