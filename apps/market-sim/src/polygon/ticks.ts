import { nyInstant } from '@trading-agent/calendar';
import { type Micros, MICROS_PER_DAY, isTradingError, marketDate } from '@trading-agent/core';
import type { Quote, Trade } from '@trading-agent/instruments';
import type { Context } from 'hono';
import { jsonNanos } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { listPage } from './list-page.ts';
import type { Parameters } from './parameters.ts';
import { BadRequest, type PolygonReplies } from './replies.ts';

const LIMITS = { standard: 1_000, most: 50_000 };
/** Where the simulated market trades: the vendor's number of the options composite, and its condition of an automatic execution. */
const EXCHANGE = 302;
const AUTOMATIC = 209;

interface Ticked<T> {
  readonly row: T;
  readonly sequence: number;
}

/** `GET /v3/trades/{ticker}`: what has traded today up to the simulated now; newest first unless asked otherwise. */
export function trades(
  context: Context,
  ticker: string,
  simulation: Simulation,
  replies: PolygonReplies,
): Promise<Response> {
  return listPage(context, replies, LIMITS, (parameters) =>
    window(parameters, tradesOf(simulation, bare(ticker))).map(({ row, sequence }) => ({
      conditions: [AUTOMATIC],
      exchange: EXCHANGE,
      price: row.price,
      sequence_number: sequence,
      sip_timestamp: jsonNanos(row.at),
      size: row.size,
    })),
  );
}

/** `GET /v3/quotes/{ticker}`; a side that nobody quotes is 0, as on the tape. */
export function quotes(
  context: Context,
  ticker: string,
  simulation: Simulation,
  replies: PolygonReplies,
): Promise<Response> {
  return listPage(context, replies, LIMITS, (parameters) =>
    window(parameters, quotesOf(simulation, bare(ticker))).map(({ row, sequence }) => ({
      ask_exchange: EXCHANGE,
      ask_price: row.ask ?? 0,
      ask_size: row.ask === null ? 0 : row.askSize,
      bid_exchange: EXCHANGE,
      bid_price: row.bid ?? 0,
      bid_size: row.bid === null ? 0 : row.bidSize,
      sequence_number: sequence,
      sip_timestamp: jsonNanos(row.at),
    })),
  );
}

/** `GET /v2/last/trade/{ticker}`. */
export function lastTrade(context: Context, ticker: string, simulation: Simulation, replies: PolygonReplies): Response {
  const last = tradesOf(simulation, bare(ticker)).at(-1);
  if (!last) return replies.notFound(context, 'Data not found.');
  const { row, sequence } = last;
  return replies.ok(context, {
    results: {
      T: ticker,
      c: [AUTOMATIC],
      p: row.price,
      q: sequence,
      s: row.size,
      t: jsonNanos(row.at),
      x: EXCHANGE,
      y: jsonNanos(row.at),
    },
  });
}

/** `GET /v2/last/nbbo/{stock}`: small letters are the bid. The days served have no stock quotes unless a recording brings them. */
export function lastQuote(context: Context, ticker: string, simulation: Simulation, replies: PolygonReplies): Response {
  if (ticker.startsWith('O:')) return replies.notFound(context, 'Data not found.');
  const last = quotesOf(simulation, ticker).at(-1);
  if (!last) return replies.notFound(context, 'Data not found.');
  const { row, sequence } = last;
  return replies.ok(context, {
    results: {
      T: ticker,
      ...(row.ask !== null && { P: row.ask, S: row.askSize, X: EXCHANGE }),
      ...(row.bid !== null && { p: row.bid, s: row.bidSize, x: EXCHANGE }),
      q: sequence,
      t: jsonNanos(row.at),
      y: jsonNanos(row.at),
    },
  });
}

function bare(ticker: string): string {
  return ticker.startsWith('O:') ? ticker.slice(2) : ticker;
}

function quotesOf({ index, step }: Simulation, symbol: string): readonly Ticked<Quote>[] {
  return index.day.steps
    .slice(0, step + 1)
    .flatMap((past, number) =>
      past.quotes.flatMap((row, place) =>
        row.symbol === symbol ? [{ row, sequence: index.sequenceBase(number) + place }] : [],
      ),
    );
}

function tradesOf({ index, step }: Simulation, symbol: string): readonly Ticked<Trade>[] {
  return index.day.steps
    .slice(0, step + 1)
    .flatMap((past, number) =>
      past.trades.flatMap((row, place) =>
        row.symbol === symbol ? [{ row, sequence: index.sequenceBase(number) + past.quotes.length + place }] : [],
      ),
    );
}

function window<T extends { readonly at: Micros }>(
  parameters: Parameters,
  all: readonly Ticked<T>[],
): readonly Ticked<T>[] {
  parameters.oneOf('sort', ['timestamp']);
  const day = parameters.text('timestamp');
  const exact = day === undefined ? undefined : interval(day);
  const bound = (name: string): bigint | undefined => {
    const text = parameters.text(`timestamp.${name}`);
    return text === undefined ? undefined : interval(text).from;
  };
  const [above, from, below, to] = [bound('gt'), bound('gte'), bound('lt'), bound('lte')];
  const found = all.filter(({ row }) => {
    const nanos = BigInt(row.at) * 1_000n;
    return (
      (exact === undefined || (nanos >= exact.from && nanos < exact.to)) &&
      (above === undefined || nanos > above) &&
      (from === undefined || nanos >= from) &&
      (below === undefined || nanos < below) &&
      (to === undefined || nanos <= to)
    );
  });
  return parameters.oneOf('order', ['asc', 'desc']) === 'asc' ? found : found.toReversed();
}

/** A market date, from its first to its last instant in New York, or one nanosecond. */
function interval(text: string): { readonly from: bigint; readonly to: bigint } {
  if (/^\d{16,19}$/.test(text)) return { from: BigInt(text), to: BigInt(text) + 1n };
  try {
    const start = nyInstant(marketDate(text), '00:00');
    return { from: BigInt(start) * 1_000n, to: BigInt(start + MICROS_PER_DAY) * 1_000n };
  } catch (error) {
    if (isTradingError(error, 'INVALID_DATE'))
      throw new BadRequest(`'timestamp' must be YYYY-MM-DD or nanoseconds, was '${text}'`);
    throw error;
  }
}
