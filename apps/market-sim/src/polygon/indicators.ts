import { nyDate, nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_MILLI, addDays, isTradingError, marketDate } from '@trading-agent/core';
import type { Context } from 'hono';
import { type BarSource, type Row, series } from './aggregates.ts';
import { listPage } from './list-page.ts';
import type { Parameters } from './parameters.ts';
import { BadRequest, type PolygonReplies } from './replies.ts';

export const INDICATORS = ['sma', 'ema', 'rsi', 'macd'] as const;
export type Indicator = (typeof INDICATORS)[number];

const LIMITS = { standard: 10, most: 5_000 };
/** Calendar days that are read before the oldest value asked for. */
const LOOK_BACK = 300;
const MOST_LOOK_BACK = 1_000;
const SPANS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

interface Value {
  readonly timestamp: number;
  readonly value: number;
  readonly signal?: number;
  readonly histogram?: number;
}

/**
 * `GET /v1/indicators/{sma|ema|rsi|macd}/{ticker}` from this market's own bars, newest first unless asked otherwise. An exponential average begins with
 * the simple one of its first window, the RSI is Wilder's. Without history `values` is absent.
 */
export function indicator(
  context: Context,
  names: { readonly indicator: Indicator; readonly ticker: string },
  source: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const underlying = { url: `${new URL(context.req.url).origin}/v2/aggs/ticker/${names.ticker}/range/1/day` };
  return listPage(
    context,
    replies,
    LIMITS,
    async (parameters) => {
      const timespan = parameters.oneOf('timespan', SPANS) ?? 'day';
      const field = parameters.oneOf('series_type', ['open', 'high', 'low', 'close']) ?? 'close';
      const within = window(parameters);
      const today = source.simulation.session.date;
      const oldest = within.from === undefined ? today : nyDate(nyMicros(within.from));
      const from = addDays(oldest < today ? oldest : today, -LOOK_BACK);
      const earliest = addDays(today, -MOST_LOOK_BACK);
      const bars = await series(names.ticker, timespan, from < earliest ? earliest : from, source);
      const values = computed(names.indicator, bars, FIELD[field], parameters).filter(({ timestamp }) =>
        within.holds(timestamp),
      );
      return parameters.oneOf('order', ['asc', 'desc']) === 'asc' ? values : values.toReversed();
    },
    (values) => ({ results: { underlying, ...(values.length > 0 && { values }) } }),
  );
}

const FIELD = { open: 'o', high: 'h', low: 'l', close: 'c' } as const;

function computed(
  name: Indicator,
  bars: readonly Row[],
  field: 'o' | 'h' | 'l' | 'c',
  parameters: Parameters,
): Value[] {
  const prices = bars.map((bar) => bar[field]);
  const length = (parameter: string, standard: number): number => {
    const value = parameters.number(parameter) ?? standard;
    if (!Number.isInteger(value) || value < 1) throw new BadRequest(`'${parameter}' must be a positive whole number`);
    return value;
  };
  if (name === 'macd') {
    const short = length('short_window', 12);
    const long = length('long_window', 26);
    const fast = exponential(prices, short);
    const slow = exponential(prices, long);
    const line = prices.map((_, index) => difference(fast[index], slow[index]));
    const first = line.findIndex((value) => value !== null);
    const known = line.flatMap((value) => (value === null ? [] : [value]));
    const signals = exponential(known, length('signal_window', 9));
    return bars.flatMap(({ t }, index) => {
      const value = line[index];
      const signal = first < 0 ? null : signals[index - first];
      if (value === null || value === undefined || signal === null || signal === undefined) return [];
      return [{ timestamp: t, value, signal, histogram: value - signal }];
    });
  }
  const size = length('window', name === 'rsi' ? 14 : 50);
  const values = { sma: simple, ema: exponential, rsi: wilder }[name](prices, size);
  return bars.flatMap(({ t }, index) => {
    const value = values[index];
    return value === null || value === undefined ? [] : [{ timestamp: t, value }];
  });
}

type Series = readonly (number | null)[];

function simple(prices: readonly number[], length: number): Series {
  return prices.map((_, index) =>
    index + 1 < length
      ? null
      : prices.slice(index + 1 - length, index + 1).reduce((sum, price) => sum + price, 0) / length,
  );
}

function exponential(prices: readonly number[], length: number): Series {
  const weight = 2 / (length + 1);
  let last = simple(prices.slice(0, length), length).at(-1) ?? null;
  return prices.map((price, index) => {
    if (index + 1 < length || last === null) return null;
    if (index + 1 > length) last += weight * (price - last);
    return last;
  });
}

function wilder(prices: readonly number[], length: number): Series {
  let gain = 0;
  let loss = 0;
  return prices.map((price, index) => {
    const before = prices[index - 1];
    if (before === undefined) return null;
    const change = price - before;
    const share = 1 / length;
    // The first average is plain, the later ones are smoothed.
    const keep = index <= length ? 1 : 1 - share;
    gain = gain * keep + Math.max(change, 0) * share;
    loss = loss * keep + Math.max(-change, 0) * share;
    if (index < length) return null;
    return gain + loss === 0 ? 50 : 100 * (gain / (gain + loss));
  });
}

function difference(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === null || a === undefined || b === null || b === undefined ? null : a - b;
}

function window(parameters: Parameters): { readonly from: number | undefined; holds(timestamp: number): boolean } {
  const read = (name: string): number | undefined => {
    const text = parameters.text(name);
    return text === undefined ? undefined : milliseconds(text);
  };
  const from = read('timestamp.gte') ?? read('timestamp.gt') ?? read('timestamp');
  return { from, holds: parameters.range('timestamp', read) };
}

function nyMicros(millis: number): ReturnType<typeof nyInstant> {
  return nyInstant(marketDate(new Date(millis).toISOString().slice(0, 10)), '12:00');
}

/** A market date (its first instant in New York) or Unix milliseconds. */
function milliseconds(text: string): number {
  if (/^\d{9,14}$/.test(text)) return Number(text);
  try {
    return nyInstant(marketDate(text), '00:00') / MICROS_PER_MILLI;
  } catch (error) {
    if (isTradingError(error, 'INVALID_DATE'))
      throw new BadRequest(`'timestamp' must be YYYY-MM-DD or milliseconds, was '${text}'`);
    throw error;
  }
}
