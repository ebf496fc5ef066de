import {
  type Greeks,
  type InstrumentClass,
  type InstrumentSnapshot,
  type LastTrade,
  type OptionSnapshot,
  type SessionFigures,
  type StockSnapshot,
  type Timeliness,
  marketDateOf,
} from '@trading-agent/market-data';
import { z } from 'zod';
import { toContract, toQuote } from '../http/parse.ts';
import { contractSchema } from '../http/models.ts';
import {
  type Note,
  maybeNanos,
  maybeNumber,
  maybeText,
  nanos,
  numbers,
  oneOf,
  ownSymbol,
  part,
  tick,
} from './fields.ts';
import { parseLastQuote, parseLastTrade } from './parse-market.ts';

const session = z.looseObject({
  open: maybeNumber,
  high: maybeNumber,
  low: maybeNumber,
  close: maybeNumber,
  price: maybeNumber,
  volume: maybeNumber,
  vwap: maybeNumber,
  previous_close: maybeNumber,
  change: maybeNumber,
  change_percent: maybeNumber,
  last_updated: maybeNanos,
});
const greeks = z.looseObject({ delta: z.number(), gamma: z.number(), theta: z.number(), vega: z.number() });
const trade = z
  .looseObject({
    price: z.number().nonnegative(),
    size: z.number().nonnegative(),
    exchange: maybeNumber,
    conditions: numbers,
    sip_timestamp: nanos.optional(),
    last_updated: nanos.optional(),
  })
  .refine((row) => row.sip_timestamp !== undefined || row.last_updated !== undefined, 'has no time');
const asset = z.looseObject({ ticker: maybeText, price: maybeNumber, value: maybeNumber, last_updated: maybeNanos });
const timeframe = z.looseObject({ timeframe: z.string().nullish() });
const maybePositive = z
  .number()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? null);

const row = z.looseObject({
  details: z.unknown().optional(),
  break_even_price: z.unknown().optional(),
  implied_volatility: z.unknown().optional(),
  open_interest: z.unknown().optional(),
  fmv: z.unknown().optional(),
  day: z.unknown().optional(),
  session: z.unknown().optional(),
  greeks: z.unknown().optional(),
  last_quote: z.unknown().optional(),
  last_trade: z.unknown().optional(),
  underlying_asset: z.unknown().optional(),
});

/** A row of `/v3/snapshot/options/…`. Only the contract must be there: everything else is missing by plan or by market. */
export function parseOptionSnapshot(value: unknown, note: Note): OptionSnapshot {
  const parsed = row.parse(value);
  return optionPart(parsed, contractSchema.parse(parsed.details), parsed.day, note);
}

function optionPart(
  parsed: z.infer<typeof row>,
  details: z.infer<typeof contractSchema>,
  day: unknown,
  note: Note,
): OptionSnapshot {
  const underlying = part(asset, parsed.underlying_asset, 'underlying_asset', note);
  const contract = toContract(details, underlying?.ticker ?? undefined);
  const figures = part(session, day, 'day', note);
  const quote = toQuote(contract.symbol, parsed.last_quote);
  if (quote === null && !isEmpty(parsed.last_quote)) note('last_quote left out: broken or without a time');
  return {
    contract,
    quote,
    timeliness: timeliness(parsed.last_quote) ?? timeliness(parsed.last_trade),
    lastTrade: lastTrade(parsed.last_trade, note),
    day: figuresOf(figures, note),
    // The vendor stamps a day with its midnight in New York.
    dayDate: figures?.last_updated ? marketDateOf(tick(figures.last_updated).at) : null,
    greeks: greeksOf(parsed.greeks, note),
    impliedVolatility: part(maybePositive, parsed.implied_volatility, 'implied_volatility', note) || null,
    openInterest: part(maybePositive, parsed.open_interest, 'open_interest', note),
    breakEven: part(maybeNumber, parsed.break_even_price, 'break_even_price', note),
    fairMarketValue: part(maybePositive, parsed.fmv, 'fmv', note),
    underlyingPrice: underlying?.price ?? underlying?.value ?? null,
    underlyingAt: underlying?.last_updated ? tick(underlying.last_updated).at : null,
  };
}

const refusedRow = z.looseObject({ ticker: z.string(), error: z.string() });

/** Why a row of a universal or indices snapshot is none (`NOT_FOUND`, `NOT_ENTITLED`, …); `null` for one with data. */
export function refusal(value: unknown): { readonly symbol: string; readonly reason: string } | null {
  const parsed = refusedRow.safeParse(value);
  return parsed.success ? { symbol: ownSymbol(parsed.data.ticker), reason: parsed.data.error } : null;
}

const universal = row.extend({
  ticker: z.string().min(1),
  type: maybeText,
  name: maybeText,
  market_status: maybeText,
  value: z.unknown().optional(),
  last_updated: z.unknown().optional(),
});
const CLASSES = ['stocks', 'options', 'indices', 'fx', 'crypto'] as const satisfies readonly InstrumentClass[];

/** A row of `/v3/snapshot` or `/v3/snapshot/indices`. */
export function parseInstrumentSnapshot(value: unknown, note: Note): InstrumentSnapshot {
  const parsed = universal.parse(value);
  const symbol = ownSymbol(parsed.ticker);
  const kind = oneOf(CLASSES, parsed.type);
  const figures = part(session, parsed.session, 'session', note);
  const ofTrade = lastTrade(parsed.last_trade, note);
  const details = part(contractSchema.omit({ ticker: true }), parsed.details, 'details', note);
  const option =
    kind === 'options' ? optionPart(parsed, { ...details, ticker: parsed.ticker }, parsed.session, note) : null;
  const updated = part(maybeNanos, parsed.last_updated, 'last_updated', note);
  const quote = option?.quote ?? toQuote(symbol, parsed.last_quote);
  return {
    symbol,
    kind,
    name: parsed.name,
    marketStatus: parsed.market_status,
    session: option ? option.day : figuresOf(figures, note),
    quote,
    lastTrade: ofTrade,
    price: part(maybeNumber, parsed.value, 'value', note) ?? figures?.price ?? ofTrade?.price ?? null,
    at: updated === null ? (ofTrade?.at ?? quote?.at ?? null) : tick(updated).at,
    timeliness: timeliness(value) ?? timeliness(parsed.last_quote) ?? timeliness(parsed.last_trade),
    option,
  };
}

const stockFigures = z
  .looseObject({
    o: maybeNumber,
    h: maybeNumber,
    l: maybeNumber,
    c: maybeNumber,
    v: maybeNumber,
    vw: maybeNumber,
  })
  // Between 3:30 and 4:00 New York time everything is 0: no data.
  .transform((row_) => (row_.o === 0 && row_.c === 0 ? null : row_));
const stock = z.looseObject({
  ticker: z.string().min(1),
  todaysChange: maybeNumber,
  todaysChangePerc: maybeNumber,
  updated: maybeNanos,
  day: z.unknown().optional(),
  prevDay: z.unknown().optional(),
  lastTrade: z.unknown().optional(),
  lastQuote: z.unknown().optional(),
});

/** `ticker` of `/v2/snapshot/locale/us/markets/stocks/tickers/{t}`. */
export function parseStockSnapshot(value: unknown, note: Note): StockSnapshot {
  const parsed = stock.parse(value);
  const previous = part(stockFigures, parsed.prevDay, 'prevDay', note);
  const day = part(stockFigures, parsed.day, 'day', note);
  const figures = (of: typeof day, more: Partial<SessionFigures>): SessionFigures | null =>
    of && {
      open: of.o,
      high: of.h,
      low: of.l,
      close: of.c,
      volume: of.v,
      vwap: of.vw,
      previousClose: null,
      change: null,
      changePercent: null,
      ...more,
    };
  return {
    symbol: parsed.ticker,
    at: parsed.updated === null || parsed.updated === '0' ? null : tick(parsed.updated).at,
    day: figures(day, {
      previousClose: previous?.c ?? null,
      change: parsed.todaysChange,
      changePercent: parsed.todaysChangePerc,
    }),
    previousDay: figures(previous, {}),
    quote: attempt(() => parseLastQuote(parsed.ticker, parsed.lastQuote), parsed.lastQuote, 'lastQuote', note),
    lastTrade: attempt(() => parseLastTrade(parsed.lastTrade), parsed.lastTrade, 'lastTrade', note),
  };
}

function attempt<T>(parse: () => T, value: unknown, name: string, note: Note): T | null {
  if (isEmpty(value)) return null;
  try {
    return parse();
  } catch {
    note(`${name} left out: broken or without a time`);
    return null;
  }
}

function lastTrade(value: unknown, note: Note): LastTrade | null {
  const parsed = isEmpty(value) ? null : part(trade, value, 'last_trade', note);
  const time = parsed?.sip_timestamp ?? parsed?.last_updated;
  if (!parsed || time === undefined) return null;
  const { price, size, exchange, conditions } = parsed;
  return { ...tick(time), price, size, exchange, conditions };
}

function greeksOf(value: unknown, note: Note): Greeks | null {
  // `{}` deep in the money or without a quote.
  const parsed = isEmpty(value) ? null : part(greeks, value, 'greeks', note);
  if (!parsed) return null;
  const { delta, gamma, theta, vega } = parsed;
  return { delta, gamma, theta, vega };
}

/** The vendor has served an index whose low was ten times its high: such a pair is dropped, the rest is used. */
function figuresOf(parsed: z.infer<typeof session> | null, note: Note): SessionFigures | null {
  if (parsed === null) return null;
  const { open, close, volume, vwap, change } = parsed;
  const odd = parsed.high !== null && parsed.low !== null && parsed.low > parsed.high;
  if (odd) note(`high and low left out: low ${parsed.low} lies above high ${parsed.high}`);
  return {
    open,
    high: odd ? null : parsed.high,
    low: odd ? null : parsed.low,
    close,
    volume,
    vwap,
    change,
    previousClose: parsed.previous_close,
    changePercent: parsed.change_percent,
  };
}

function timeliness(value: unknown): Timeliness {
  const word = timeframe.safeParse(value).data?.timeframe;
  if (word === 'REAL-TIME') return 'real-time';
  return word === 'DELAYED' ? 'delayed' : null;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
