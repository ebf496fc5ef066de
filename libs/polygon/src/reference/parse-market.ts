import { MICROS_PER_MILLI, marketDate, micros, microsFromMillis } from '@trading-agent/core';
import type { Quote } from '@trading-agent/instruments';
import {
  type DaySummary,
  type DetailedBar,
  type IndicatorValue,
  type LastTrade,
  type MacdValue,
  type QuoteTick,
  type Timespan,
  type TradeTick,
  barEnd,
} from '@trading-agent/market-data';
import { z } from 'zod';
import { quoteSide } from '../side.ts';
import {
  maybeBigInt,
  maybeNanos,
  maybeNumber,
  maybeText,
  millis,
  nanos,
  number,
  numbers,
  ownSymbol,
  tick,
} from './fields.ts';

const price = z.number().nonnegative();

const bar = z.looseObject({
  T: z.string().nullish(),
  o: price,
  h: price,
  l: price,
  c: price,
  v: z.number().nonnegative().nullish(),
  vw: maybeNumber,
  n: maybeNumber,
  t: millis,
});

/** A row of `/v2/aggs/ticker/…/range/…` or `/prev`: `t` is the start of the window in milliseconds, `v/vw/n` are missing for indices. */
export function parseBar(symbol: string, timespan: Timespan, multiplier: number, row: unknown): DetailedBar {
  const parsed = bar.parse(row);
  const start = microsFromMillis(parsed.t);
  return {
    symbol,
    start,
    end: barEnd(start, timespan, multiplier),
    open: parsed.o,
    high: parsed.h,
    low: parsed.l,
    close: parsed.c,
    volume: parsed.v ?? 0,
    vwap: parsed.vw,
    trades: parsed.n,
  };
}

/** A row of `/v2/aggs/grouped/…`: the ticker is in `T`, and `t` is the END of the day (16:00 New York), so the window is the day it lies in. */
export function parseGroupedBar(
  window: { start: DetailedBar['start']; end: DetailedBar['end'] },
  row: unknown,
): DetailedBar {
  const parsed = bar.required({ T: true }).parse(row);
  const symbol = z.string().min(1).parse(parsed.T);
  return { ...parseBar(symbol, 'day', 1, row), start: window.start, end: window.end };
}

const daySummary = z.looseObject({
  symbol: z.string(),
  from: z.string(),
  open: price,
  high: price,
  low: price,
  close: price,
  volume: maybeNumber,
  preMarket: maybeNumber,
  afterHours: maybeNumber,
});

/** `/v1/open-close/{t}/{date}`: flat; `from` is a date, for indices with a time. */
export function parseDaySummary(body: unknown): DaySummary {
  const { from, symbol, ...rest } = daySummary.parse(body);
  const { open, high, low, close, volume, preMarket, afterHours } = rest;
  const date = marketDate(from.slice(0, 10));
  return { symbol: ownSymbol(symbol), date, open, high, low, close, volume, preMarket, afterHours };
}

const trade = z.looseObject({
  price,
  size: z.number().nonnegative(),
  exchange: maybeNumber,
  conditions: numbers,
  correction: maybeNumber,
  sip_timestamp: nanos,
  participant_timestamp: maybeNanos,
  sequence_number: maybeNumber,
  id: maybeText,
});

/** A row of `/v3/trades/{t}`. */
export function parseTrade(symbol: string, row: unknown): TradeTick {
  const parsed = trade.parse(row);
  return {
    symbol,
    ...tick(parsed.sip_timestamp),
    participantNanos: maybeBigInt(parsed.participant_timestamp),
    price: parsed.price,
    size: parsed.size,
    exchange: parsed.exchange,
    conditions: parsed.conditions,
    correction: parsed.correction,
    sequence: parsed.sequence_number,
    id: parsed.id,
  };
}

const quote = z.looseObject({
  bid_price: price.nullish(),
  bid_size: price.nullish(),
  bid_exchange: maybeNumber,
  ask_price: price.nullish(),
  ask_size: price.nullish(),
  ask_exchange: maybeNumber,
  conditions: numbers,
  sip_timestamp: nanos,
  sequence_number: maybeNumber,
});

/** A row of `/v3/quotes/{t}`; a side at price 0 is not quoted. */
export function parseQuote(symbol: string, row: unknown): QuoteTick {
  const parsed = quote.parse(row);
  const bid = quoteSide(parsed.bid_price ?? undefined, parsed.bid_size ?? undefined);
  const ask = quoteSide(parsed.ask_price ?? undefined, parsed.ask_size ?? undefined);
  return {
    symbol,
    ...tick(parsed.sip_timestamp),
    bid: bid.price,
    bidSize: bid.size,
    bidExchange: parsed.bid_exchange,
    ask: ask.price,
    askSize: ask.size,
    askExchange: parsed.ask_exchange,
    conditions: parsed.conditions,
    sequence: parsed.sequence_number,
  };
}

const lastTrade = z.looseObject({ p: price, s: price, t: nanos, x: maybeNumber, c: numbers });

/** `results` of `/v2/last/trade/{t}`, also `lastTrade` of a stock snapshot. */
export function parseLastTrade(row: unknown): LastTrade {
  const { p, s, t, x, c } = lastTrade.parse(row);
  return { ...tick(t), price: p, size: s, exchange: x, conditions: c };
}

const lastQuote = z.looseObject({
  p: price.nullish(),
  s: price.nullish(),
  P: price.nullish(),
  S: price.nullish(),
  t: nanos,
});

/** `results` of `/v2/last/nbbo/{t}`: small letters are the bid, capitals the ask. Also `lastQuote` of a stock snapshot. */
export function parseLastQuote(symbol: string, row: unknown): Quote {
  const parsed = lastQuote.parse(row);
  const bid = quoteSide(parsed.p ?? undefined, parsed.s ?? undefined);
  const ask = quoteSide(parsed.P ?? undefined, parsed.S ?? undefined);
  return { symbol, at: tick(parsed.t).at, bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
}

const indicator = z.looseObject({ timestamp: millis, value: number });

/** A value of `/v1/indicators/…`: `timestamp` is in milliseconds. */
export function parseIndicator(row: unknown): IndicatorValue {
  const { timestamp, value } = indicator.parse(row);
  return { at: micros(timestamp * MICROS_PER_MILLI), value };
}

const macd = indicator.extend({ signal: number, histogram: number });

export function parseMacd(row: unknown): MacdValue {
  const { timestamp, value, signal, histogram } = macd.parse(row);
  return { at: micros(timestamp * MICROS_PER_MILLI), value, signal, histogram };
}
