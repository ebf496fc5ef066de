import { nyInstant } from '@trading-agent/calendar';
import { type Micros, MICROS_PER_MINUTE, marketDate, micros, usd } from '@trading-agent/core';
import { type Bar, type OptionSymbol, type Quote, optionContract } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import type { MarketSimOptions } from '../options.ts';
import { type MarketSim, startMarketSim } from '../server.ts';

export const DATE = marketDate('2016-01-05');
export const CALL_740 = optionContract('GOOG160115C00740000').symbol;
export const CALL_750 = optionContract('GOOG160115C00750000').symbol;
export const CALL_760 = optionContract('GOOG160115C00760000').symbol;
export const PUT_740 = optionContract('GOOG160115P00740000').symbol;
/** Never quoted. */
export const FAR_CALL = optionContract('GOOG160219C00800000').symbol;
export const EXPIRED = optionContract('GOOG151231C00750000').symbol;

const OPEN = nyInstant(DATE, '09:30');
/** Instant of the step that ends minute `minute` (1 = 09:31). */
export function atMinute(minute: number): Micros {
  return micros(OPEN + minute * MICROS_PER_MINUTE);
}

export function quote(symbol: OptionSymbol, minute: number, bid: number | null, ask: number | null, size = 10): Quote {
  return { symbol, at: atMinute(minute), bid, bidSize: bid === null ? 0 : size, ask, askSize: ask === null ? 0 : size };
}

export function bar(symbol: string, minute: number, close: number): Bar {
  const end = atMinute(minute);
  const start = micros(end - MICROS_PER_MINUTE);
  return { symbol, start, end, open: close - 0.5, high: close + 1, low: close - 1, close, volume: 100 };
}

/**
 * Six minutes of one underlying around 745, then the close. Calls quoted every minute and drifting up by 0.10; the 760 call has no bid in
 * minute 3, the put no ask ever, its size is 2.
 */
export function tinyDay(): MarketDay {
  const steps: MarketStep[] = [1, 2, 3, 4, 5, 6].map((minute) => {
    const drift = 0.1 * (minute - 1);
    return {
      at: atMinute(minute),
      quotes: [
        quote(CALL_740, minute, round(12 + drift), round(12.4 + drift)),
        quote(CALL_750, minute, round(7 + drift), round(7.2 + drift)),
        quote(CALL_760, minute, minute === 3 ? null : round(3.5 + drift), round(3.6 + drift), 2),
        quote(PUT_740, minute, round(6.4 - drift), null, 2),
      ],
      bars: [bar('GOOG', minute, 744 + minute), ...(minute === 2 ? [bar(CALL_740, minute, 12.2)] : [])],
      trades: minute === 2 ? [{ symbol: CALL_740, at: atMinute(2), price: 12.2, size: 3 }] : [],
    };
  });
  const historyEnd = nyInstant(marketDate('2016-01-04'), '10:00');
  const history = [1, 2, 3].map((index): Bar => {
    const start = micros(historyEnd + index * MICROS_PER_MINUTE);
    return { ...bar('GOOG', 1, 740 + index), start, end: micros(start + MICROS_PER_MINUTE) };
  });
  return {
    date: DATE,
    underlyings: ['GOOG'],
    contracts: [CALL_740, CALL_750, CALL_760, PUT_740, FAR_CALL, EXPIRED].map((symbol) => optionContract(symbol)),
    steps,
    history,
    quarantined: [],
    quarantinedTotal: 0,
  };
}

/** A market on a free port that serves the tiny day and stands still until somebody keeps step with it. */
export function startTinySim(options: Partial<MarketSimOptions> = {}): Promise<MarketSim> {
  return startMarketSim({
    market: 'replay',
    date: DATE,
    symbols: ['GOOG'],
    balance: usd(25_000),
    seed: 7,
    speed: 'max',
    port: 0,
    day: tinyDay(),
    ...options,
  });
}

function round(price: number): number {
  return Math.round(price * 100) / 100;
}
