/** The same figures of the synthetic market. */
import { nyDate, sessionsBetween } from '@trading-agent/calendar';
import { marketDate, micros } from '@trading-agent/core';
import {
  type MarketIdentity,
  generateCorporateActions,
  generateMarketDay,
  generateMinuteBars,
} from '@trading-agent/synthetic';
import type { Bar } from '@trading-agent/instruments';
import { type DailyReturn, type ChainQuote, type MinuteSession } from './facts.ts';
import { chainAt } from './real.ts';

export const FROM = marketDate('1998-01-02');
export const TO = marketDate('2018-12-31');

function sessions(bars: readonly Bar[]): Bar[][] {
  return [...Map.groupBy(bars, ({ start }) => nyDate(start)).values()];
}

export function madeReturns(symbol: string, identity: MarketIdentity, from = FROM, to = TO): DailyReturn[] {
  const { splits, dividends } = generateCorporateActions({ ...identity, symbols: [symbol], from, to });
  const ratio = new Map(splits.map((split) => [split.date, split.to / split.from]));
  const paid = new Map(dividends.map(({ exDate, amount }) => [exDate, amount]));
  const days = sessions(generateMinuteBars({ ...identity, symbol, from, to }));
  return days.slice(1).map((bars, index) => {
    const first = bars[0];
    const date = nyDate(first?.start ?? micros(0));
    const open = first?.open ?? Number.NaN;
    const before = (days[index]?.at(-1)?.close ?? Number.NaN) / (ratio.get(date) ?? 1);
    return {
      overnight: Math.log((open + (paid.get(date) ?? 0)) / before),
      intraday: Math.log((bars.at(-1)?.close ?? Number.NaN) / open),
    };
  });
}

export function madeMinutes(symbol: string, identity: MarketIdentity): MinuteSession[] {
  const [from, to] = [marketDate('2011-01-03'), marketDate('2011-04-29')];
  return sessions(generateMinuteBars({ ...identity, symbol, from, to }))
    .filter((bars) => bars.length === 390)
    .map((bars) => ({ closes: bars.map(({ close }) => close), volumes: bars.map(({ volume }) => volume) }));
}

export function madeIndexCloses(symbol: string, identity: MarketIdentity, from = FROM, to = TO): number[] {
  return sessions(generateMinuteBars({ ...identity, symbol, from, to })).map(
    (bars) => bars.at(-1)?.close ?? Number.NaN,
  );
}

/** Chains of every tenth session of a year. */
export function madeChains(symbol: string, identity: MarketIdentity, count = 12): ChainQuote[][][] {
  const dates = sessionsBetween(marketDate('2015-01-05'), marketDate('2016-12-30'));
  return Array.from({ length: count }, (_, index) => {
    const date = dates[index * Math.floor(dates.length / count)] ?? marketDate('2015-06-01');
    return chainAt(
      generateMarketDay({ ...identity, date, underlyings: [symbol], minutes: 270 }),
      '14:00',
      symbol,
      false,
    );
  });
}
