import { nyInstant } from '@trading-agent/calendar';
import {
  type MarketDate,
  MICROS_PER_MILLI,
  MICROS_PER_SECOND,
  type Micros,
  marketDate,
  micros,
} from '@trading-agent/core';
import { type OptionContract, type Quote, optionContract } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';

export const DATE: MarketDate = marketDate('2026-03-02');
export const UNDERLYING = 'SPY';
export const CONTRACTS = 1_000;
/** Between two steps of the market, simulated and real: it runs at speed 1. */
export const STEP_MILLIS = 10;

/**
 * What one connection may carry in its worst second, events. The vendor's option quotes of one day are 106 to 172 GB compressed (PROVIDERS B); at
 * 14 bytes a row that is about 1e10 rows, 4e5 a second over all of some 1.5 million series: 0.3 a second for one. A liquid contract has ten times as
 * many, the worst second of the day three to four times the mean: 10 for each of the 1,000 contracts that a connection may carry.
 */
export const PEAK = 10_000;

/** The first step; the market's clock begins there when it is told to run. */
export const START: Micros = nyInstant(DATE, '10:00');

/** 250 strikes, calls and puts, two expiries. */
export function contracts(): readonly OptionContract[] {
  return ['260306', '260313'].flatMap((expiry) =>
    ['C', 'P'].flatMap((right) =>
      Array.from({ length: CONTRACTS / 4 }, (_, index) =>
        optionContract(`${UNDERLYING}${expiry}${right}${String((400 + index) * 1_000).padStart(8, '0')}`),
      ),
    ),
  );
}

/** A stretch of the day from 10:00 on in which `rate` quotes come each second, spread evenly over the contracts; made as it is read. */
export function busyDay(rate: number, seconds: number): MarketDay {
  const listed = contracts();
  const perStep = Math.round((rate * STEP_MILLIS) / 1_000);
  const steps = Array.from({ length: (seconds * 1_000) / STEP_MILLIS }, (_, index): MarketStep => {
    const at = micros(START + index * STEP_MILLIS * MICROS_PER_MILLI);
    const minute = at % (60 * MICROS_PER_SECOND) === 0;
    return {
      at,
      get quotes(): readonly Quote[] {
        return quotes(listed, perStep, index, at);
      },
      trades: [],
      bars: minute ? [bar(at)] : [],
    };
  });
  return {
    date: DATE,
    underlyings: [UNDERLYING],
    contracts: listed,
    steps,
    history: [],
    quarantined: [],
    quarantinedTotal: 0,
  };
}

function bar(end: Micros): MarketStep['bars'][number] {
  const start = micros(end - 60 * MICROS_PER_SECOND);
  return { symbol: UNDERLYING, start, end, open: 500, high: 501, low: 499, close: 500, volume: 1_000 };
}

function quotes(listed: readonly OptionContract[], count: number, index: number, at: Micros): readonly Quote[] {
  return Array.from({ length: count }, (_, place): Quote => {
    const number = (index * count + place) % listed.length;
    const bid = 1 + ((number * 7 + index) % 500) / 100;
    const symbol = listed[number]?.symbol ?? optionContract('SPY260306C00400000').symbol;
    return { symbol, at, bid, bidSize: 10, ask: bid + 0.05, askSize: 12 };
  });
}
