import { nyDate, nyInstant } from '@trading-agent/calendar';
import {
  MICROS_PER_MILLI,
  MICROS_PER_MINUTE,
  type MarketDate,
  type Micros,
  addDays,
  marketDate,
  microsFromMillis,
  weekday,
} from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { Context } from 'hono';
import type { EarlierBars } from '../market/earlier-bars.ts';
import type { Simulation } from '../market/simulation.ts';
import { type Cursor, nextUrl, readCursor } from './cursor.ts';
import type { MarketPlan } from './market-plan.ts';
import { Parameters } from './parameters.ts';
import { BadRequest, type PolygonReplies } from './replies.ts';

/** Where bars come from: today's market, and the days before it. */
export interface BarSource {
  readonly simulation: Simulation;
  readonly earlier: EarlierBars;
  readonly emptyResults: MarketPlan['emptyResults'];
}

export interface AggregatesPath {
  readonly ticker: string;
  readonly multiplier: string;
  readonly timespan: string;
  readonly from: string;
  readonly to: string;
}

const MINUTES = { minute: 1, hour: 60 } as const;
/** More earlier days than this are not read for one request. */
const MOST_DAYS = 400;

/**
 * `GET /v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{from}/{to}` for minutes, hours, and single days to years, built from minute bars. Only bars that
 * had ended by the simulated now; a window still running is cut off there. Windows without trades are missing; without any row `results` is too, or an empty list: the plan says which.
 */
export async function aggregates(
  context: Context,
  path: AggregatesPath,
  market: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const { query } = readCursor(context.req.query());
  const parameters = new Parameters(query);
  const limit = Math.max(1, parameters.limit(5_000, 50_000));
  const descending = parameters.oneOf('sort', ['asc', 'desc']) === 'desc';
  const adjusted = parameters.flag('adjusted') ?? true;
  const window = windowOf(path);
  const range = { from: boundary('from', path.from, 'start'), to: boundary('to', path.to, 'end') };
  if (range.to < range.from) throw new BadRequest(`'to' lies before 'from'`);
  const base = await minuteBars(path.ticker, range, market);
  const ordered = descending ? base.toReversed() : base;
  const read = ordered.slice(0, limit);
  const rows = merge(descending ? read.toReversed() : read, window);
  const next = ordered[limit];
  return replies.ok(context, {
    ticker: path.ticker,
    adjusted,
    queryCount: read.length,
    resultsCount: rows.length,
    count: rows.length,
    ...((rows.length > 0 || market.emptyResults === 'list') && { results: descending ? rows.toReversed() : rows }),
    ...(next && { next_url: continuation(context.req.url, path, { next, descending, query }) }),
  });
}

/** All bars of `ticker` in windows of one timespan from the start of `from` up to the simulated now, oldest first. */
export async function series(ticker: string, timespan: string, from: MarketDate, market: BarSource): Promise<Row[]> {
  const { simulation } = market;
  const range = { from: nyInstant(from, '00:00'), to: simulation.now };
  return merge(await minuteBars(ticker, range, market), windowOf({ multiplier: '1', timespan }));
}

/** The bar of one day; `undefined` when nothing traded, or has traded yet. */
export async function dayRow(ticker: string, date: MarketDate, market: BarSource): Promise<Row | undefined> {
  const range = { from: nyInstant(date, '00:00'), to: nyInstant(date, '23:59:59') };
  return merge(await minuteBars(ticker, range, market), windowOf({ multiplier: '1', timespan: 'day' }))[0];
}

async function minuteBars(
  ticker: string,
  range: { readonly from: Micros; readonly to: Micros },
  { simulation, earlier }: BarSource,
): Promise<readonly Bar[]> {
  const symbol = ticker.startsWith('O:') ? ticker.slice(2) : ticker;
  const today = simulation.session.date;
  const dayBefore = addDays(today, -1);
  const oldest = addDays(dayBefore, -MOST_DAYS);
  const from = nyDate(range.from) < oldest ? oldest : nyDate(range.from);
  const to = nyDate(range.to) < today ? nyDate(range.to) : dayBefore;
  const past = from <= to ? await earlier(symbol, from, to) : [];
  const known = [...past, ...simulation.index.barsOfDay(symbol, simulation.step)];
  return known.filter((bar) => bar.start >= range.from && bar.start <= range.to);
}

function windowOf({ multiplier, timespan }: Pick<AggregatesPath, 'multiplier' | 'timespan'>): (bar: Bar) => Micros {
  const count = Number(multiplier);
  if (!Number.isInteger(count) || count < 1) throw new BadRequest(`'multiplier' must be a positive whole number`);
  const firstDay = count === 1 ? FIRST_DAYS.get(timespan) : undefined;
  if (firstDay) return (bar) => nyInstant(firstDay(nyDate(bar.start)), '00:00');
  if (timespan !== 'minute' && timespan !== 'hour')
    throw new BadRequest(`this market serves minutes, hours and single longer windows, not ${multiplier} ${timespan}`);
  const length = count * MINUTES[timespan] * MICROS_PER_MINUTE;
  return (bar) => {
    const midnight = nyInstant(nyDate(bar.start), '00:00');
    return microsFromMillis((midnight + Math.floor((bar.start - midnight) / length) * length) / MICROS_PER_MILLI);
  };
}

/** The first day of the window that a day lies in; weeks begin on Sunday. */
const FIRST_DAYS: ReadonlyMap<string, (date: MarketDate) => MarketDate> = new Map([
  ['day', (date) => date],
  ['week', (date) => addDays(date, -weekday(date))],
  ['month', (date) => firstOfMonth(date, Number(date.slice(5, 7)))],
  ['quarter', (date) => firstOfMonth(date, Math.floor((Number(date.slice(5, 7)) - 1) / 3) * 3 + 1)],
  ['year', (date) => firstOfMonth(date, 1)],
]);

function firstOfMonth(date: MarketDate, month: number): MarketDate {
  return marketDate(`${date.slice(0, 4)}-${String(month).padStart(2, '0')}-01`);
}

/** A bar as the vendor writes it; `t` is the start of the window, milliseconds. */
export interface Row {
  readonly t: number;
  readonly o: number;
  readonly c: number;
  readonly h: number;
  readonly l: number;
  readonly v: number;
}

function merge(bars: readonly Bar[], window: (bar: Bar) => Micros): Row[] {
  const rows: Row[] = [];
  for (const bar of bars) {
    const t = window(bar) / MICROS_PER_MILLI;
    const last = rows.at(-1);
    if (last?.t === t) {
      rows[rows.length - 1] = {
        ...last,
        h: Math.max(last.h, bar.high),
        l: Math.min(last.l, bar.low),
        c: bar.close,
        v: last.v + bar.volume,
      };
    } else rows.push({ v: bar.volume, o: bar.open, c: bar.close, h: bar.high, l: bar.low, t });
  }
  return rows;
}

/** A market date (its first or last instant in New York) or Unix milliseconds. */
function boundary(name: string, text: string, side: 'start' | 'end'): Micros {
  if (/^\d{9,14}$/.test(text)) return microsFromMillis(Number(text));
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new BadRequest(`'${name}' must be YYYY-MM-DD or Unix milliseconds`);
  const date = marketDate(text);
  return side === 'start' ? nyInstant(date, '00:00') : nyInstant(date, '23:59:59');
}

/** The same request with the edge that has been reached as milliseconds in the path, everything else in the cursor. */
function continuation(
  requestUrl: string,
  path: AggregatesPath,
  reached: { readonly next: Bar; readonly descending: boolean; readonly query: Cursor['query'] },
): string {
  const millis = String(reached.next.start / MICROS_PER_MILLI);
  const from = reached.descending ? path.from : millis;
  const to = reached.descending ? millis : path.to;
  const ticker = encodeURIComponent(path.ticker);
  const url = new URL(`/v2/aggs/ticker/${ticker}/range/${path.multiplier}/${path.timespan}/${from}/${to}`, requestUrl);
  return nextUrl(url.href, { query: reached.query, offset: 0 });
}
