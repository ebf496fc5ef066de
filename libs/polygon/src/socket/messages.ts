import { type Micros, micros, microsFromMillis, microsFromNanosText } from '@trading-agent/core';
import { optionSymbol, type Quote } from '@trading-agent/instruments';
import type { FeedEvent } from '@trading-agent/market-data';
import { z } from 'zod';
import { badMessage } from '../errors.ts';
import { reasonOf } from '../reference/fields.ts';
import { quoteSide } from '../side.ts';

// The events of the clusters (PROVIDERS A9). Only what is used is named: unknown fields pass, what we can do without is nullish.

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A data event with the vendor's number within its ticker, -1 when it has none. */
export interface NumberedEvent {
  readonly event: Exclude<FeedEvent, { readonly kind: 'gap' | 'quote' }>;
  readonly sequence: number;
}

export interface NumberedQuote {
  readonly quote: Quote;
  readonly sequence: number;
}

const amount = z.number().nonnegative();
/** Every ticker begins with a letter. */
const TICKER = /^[A-Za-z]/;
const symbol = z.string().regex(TICKER);
const millis = z.number().nonnegative().max(9e12);
const sequence = z
  .number()
  .int()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? -1);

const tradeSchema = z.looseObject({ sym: symbol, p: amount, s: amount, t: millis, q: sequence });
const barSchema = z
  .looseObject({ sym: symbol, o: amount, h: amount, l: amount, c: amount, v: amount.nullish(), s: millis, e: millis })
  .refine(({ s, e }) => s <= e, { message: 'the window ends before it begins' });
const indexValueSchema = z.looseObject({ T: symbol, val: z.number(), t: z.unknown() });
const fairValueSchema = z.looseObject({ sym: symbol, fmv: amount, t: z.unknown() });
const limitBandSchema = z.looseObject({
  T: symbol,
  h: amount,
  l: amount,
  i: z
    .array(z.number())
    .nullish()
    .transform((value) => value ?? []),
  t: z.unknown(),
  q: sequence,
});

/**
 * A trade, bar, index or fair value, or limit band.
 * @throws {TradingError} `FEED_BAD_MESSAGE`, `INVALID_SYMBOL` when a field that the event can't do without is missing or malformed.
 */
export function readEvent(fields: Fields): NumberedEvent {
  switch (fields['ev']) {
    case 'T': {
      const { sym, p, s, t, q } = read(tradeSchema, fields);
      return {
        event: { kind: 'trade', trade: { symbol: ownSymbolOf(sym), at: microsFromMillis(t), price: p, size: s } },
        sequence: q,
      };
    }
    case 'A':
    case 'AM': {
      const { sym, o, h, l, c, v, s, e } = read(barSchema, fields);
      const [start, end] = [microsFromMillis(s), microsFromMillis(e)];
      const bar = { symbol: ownSymbolOf(sym), start, end, open: o, high: h, low: l, close: c, volume: v ?? 0 };
      return { event: { kind: 'bar', bar }, sequence: -1 };
    }
    case 'V': {
      const { T, val, t } = read(indexValueSchema, fields);
      return { event: { kind: 'index-value', value: { symbol: T, at: instantOf(t), value: val } }, sequence: -1 };
    }
    case 'FMV': {
      const { sym, fmv, t } = read(fairValueSchema, fields);
      const value = { symbol: ownSymbolOf(sym), at: instantOf(t), value: fmv };
      return { event: { kind: 'fair-value', value }, sequence: -1 };
    }
    case 'LULD': {
      const { T, h, l, i, t, q } = read(limitBandSchema, fields);
      const band = { symbol: T, at: instantOf(t), high: h, low: l, indicators: i };
      return { event: { kind: 'limit-band', band }, sequence: q };
    }
    default:
      throw badMessage(`No market data event: ${String(fields['ev'])}`);
  }
}

/**
 * A quote. They come by the hundred thousand per second: their few fields are checked by hand.
 * @throws {TradingError} `FEED_BAD_MESSAGE`, `INVALID_SYMBOL`.
 */
export function readQuote(fields: Fields): NumberedQuote {
  const { sym, q } = fields;
  if (typeof sym !== 'string') throw badMessage('A Q event without a symbol');
  const bid = quoteSide(optional(fields, 'bp'), optional(fields, 'bs'));
  const ask = quoteSide(optional(fields, 'ap'), optional(fields, 'as'));
  const t = optional(fields, 't');
  if (t === undefined) throw badMessage('A Q event without t');
  const at = microsFromMillis(t);
  return {
    quote: { symbol: ownSymbolOf(sym), at, bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size },
    sequence: typeof q === 'number' && Number.isSafeInteger(q) && q >= 0 ? q : -1,
  };
}

/** What an acknowledgement or a status frame says. */
export interface StatusEvent {
  readonly status: string;
  readonly message: string;
}

export function parseStatus(fields: Fields): StatusEvent {
  const { status, message } = fields;
  return { status: typeof status === 'string' ? status : '', message: typeof message === 'string' ? message : '' };
}

/** The parameters that an acknowledgement names; they stand nowhere but in the message, mostly one, sometimes several. */
export function acknowledged(
  message: string,
): { readonly done: 'subscribed' | 'unsubscribed'; readonly parameters: readonly string[] } | undefined {
  const match = /^(un)?subscribed to:\s*(\S+)\s*$/.exec(message);
  if (match === null) return undefined;
  const parameters = (match[2] ?? '').split(',').filter((parameter) => parameter !== '');
  return { done: match[1] === undefined ? 'subscribed' : 'unsubscribed', parameters };
}

/** Option symbols repeat all day: reading each once keeps the hot path at one look-up. Bounded, since it is outside data. */
const known = new Map<string, string>();
const MAX_KNOWN = 50_000;

/** Our symbol of a ticker. @throws {TradingError} `INVALID_SYMBOL` for an option ticker that is none. */
export function ownSymbolOf(ticker: string): string {
  if (!ticker.startsWith('O:')) {
    if (!TICKER.test(ticker)) throw badMessage(`No ticker: ${JSON.stringify(ticker)}`);
    return ticker;
  }
  const seen = known.get(ticker);
  if (seen !== undefined) return seen;
  const own = optionSymbol(ticker);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(ticker, own);
  return own;
}

/**
 * The instant of a time stamp whose unit the vendor does not keep to: documents say milliseconds, examples of fair values and limit bands have
 * nanoseconds and microseconds. The sizes do not overlap between the years 2001 and 2286. Digits beyond 2^53 come as text (`parseExactJson`).
 */
export function instantOf(stamp: unknown): Micros {
  const digits = typeof stamp === 'number' && Number.isSafeInteger(stamp) ? String(stamp) : stamp;
  if (typeof digits !== 'string' || !/^\d{12,19}$/.test(digits))
    throw badMessage(`No time stamp: ${JSON.stringify(stamp)}`);
  if (digits.length >= 18) return microsFromNanosText(digits);
  return digits.length >= 15 ? micros(Number(digits)) : microsFromMillis(Number(digits));
}

function read<T>(schema: z.ZodType<T>, fields: Fields): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw badMessage(`${String(fields['ev'])}: ${reasonOf(parsed.error)}`);
}

function optional(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw badMessage(`A Q event with ${name} ${JSON.stringify(value)}`);
  return value;
}
