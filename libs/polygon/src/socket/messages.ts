import { microsFromMillis } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import type { FeedEvent } from '@trading-agent/market-data';
import { badMessage } from '../errors.ts';
import { quoteSide } from '../side.ts';

// Quotes come by the hundred thousand per second: their few fields are checked by hand, not by a schema (PROVIDERS A9).

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Events that count as data: quotes, trades and minute bars. */
export function isDataEvent(fields: Fields): boolean {
  const { ev } = fields;
  return ev === 'Q' || ev === 'T' || ev === 'AM';
}

/** @throws when a field that the event can't do without is missing or malformed. */
export function parseDataEvent(fields: Fields): FeedEvent {
  const symbol = symbolOf(fields);
  switch (fields['ev']) {
    case 'Q': {
      const bid = quoteSide(optionalPrice(fields, 'bp'), optionalPrice(fields, 'bs'));
      const ask = quoteSide(optionalPrice(fields, 'ap'), optionalPrice(fields, 'as'));
      const at = microsFromMillis(required(fields, 't'));
      return {
        kind: 'quote',
        quote: { symbol, at, bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size },
      };
    }
    case 'T':
      return {
        kind: 'trade',
        trade: {
          symbol,
          at: microsFromMillis(required(fields, 't')),
          price: required(fields, 'p'),
          size: required(fields, 's'),
        },
      };
    case 'AM':
      return {
        kind: 'bar',
        bar: {
          symbol,
          start: microsFromMillis(required(fields, 's')),
          end: microsFromMillis(required(fields, 'e')),
          open: required(fields, 'o'),
          high: required(fields, 'h'),
          low: required(fields, 'l'),
          close: required(fields, 'c'),
          volume: optionalPrice(fields, 'v') ?? 0,
        },
      };
    default:
      throw badMessage(`No market data event: ${String(fields['ev'])}`);
  }
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

/** The parameter that an acknowledgement names; it stands nowhere but in the message. */
export function acknowledged(message: string): string | undefined {
  return /^subscribed to:\s*(\S+)\s*$/.exec(message)?.[1];
}

/** Option symbols repeat all day: reading each once keeps the hot path at one look-up. Bounded, since it is outside data. */
const known = new Map<string, string>();
const MAX_KNOWN = 50_000;

function symbolOf(fields: Fields): string {
  const { sym } = fields;
  if (typeof sym !== 'string' || sym === '') throw badMessage('A market data event without a symbol');
  if (!sym.startsWith('O:')) return sym;
  const seen = known.get(sym);
  if (seen !== undefined) return seen;
  const symbol = optionSymbol(sym);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(sym, symbol);
  return symbol;
}

function required(fields: Fields, name: string): number {
  const value = optionalPrice(fields, name);
  if (value === undefined) throw badMessage(`A ${String(fields['ev'])} event without ${name}`);
  return value;
}

function optionalPrice(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw badMessage(`A ${String(fields['ev'])} event with ${name} ${JSON.stringify(value)}`);
  return value;
}
