import { isSession, previousSession, requireSession } from '@trading-agent/calendar';
import { MICROS_PER_MILLI, type MarketDate, isTradingError, marketDate } from '@trading-agent/core';
import type { Context } from 'hono';
import { type BarSource, type Row, dayRow } from './aggregates.ts';
import { BadRequest, type PolygonReplies } from './replies.ts';

/** `GET /v2/aggs/ticker/{ticker}/prev`: the last finished session; no row when nothing traded. */
export async function previousDay(
  context: Context,
  ticker: string,
  source: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const row = await dayRow(ticker, previousSession(source.simulation.session.date), source);
  return replies.ok(context, {
    ticker,
    adjusted: true,
    queryCount: row ? 1 : 0,
    resultsCount: row ? 1 : 0,
    ...(row && { results: [{ T: ticker, ...row }] }),
  });
}

/** `GET /v2/aggs/grouped/locale/us/market/stocks/{date}`: this market's stocks; here `t` is the END of the day. */
export async function groupedDay(
  context: Context,
  date: string,
  source: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const day = readDate(date);
  const stocks = source.simulation.index.day.underlyings.filter((name) => !name.startsWith('I:'));
  const rows = isSession(day)
    ? await Promise.all(stocks.map(async (stock) => ({ stock, row: await dayRow(stock, day, source) })))
    : [];
  const results = rows.flatMap(({ stock, row }) =>
    row ? [{ T: stock, ...row, t: requireSession(day).close / MICROS_PER_MILLI }] : [],
  );
  return replies.ok(context, {
    adjusted: true,
    queryCount: results.length,
    resultsCount: results.length,
    ...(results.length > 0 && { results }),
  });
}

/** `GET /v1/open-close/{ticker}/{date}`: flat; 404 on holidays and days without trades. Prices outside regular hours are not known here. */
export async function openClose(
  context: Context,
  names: { readonly ticker: string; readonly date: string },
  source: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const date = readDate(names.date);
  const row: Row | undefined = isSession(date) ? await dayRow(names.ticker, date, source) : undefined;
  if (!row) return replies.notFound(context, 'Data not found.');
  return replies.ok(context, {
    from: date,
    symbol: names.ticker,
    open: row.o,
    high: row.h,
    low: row.l,
    close: row.c,
    volume: row.v,
  });
}

function readDate(text: string): MarketDate {
  try {
    return marketDate(text);
  } catch (error) {
    if (isTradingError(error, 'INVALID_DATE')) throw new BadRequest(`'date' must be YYYY-MM-DD, was '${text}'`);
    throw error;
  }
}
