import { nyDate, nyInstant } from '@trading-agent/calendar';
import type { OptionContract, Trade } from '@trading-agent/instruments';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { jsonResponse } from '../../http/json.ts';
import type { EarlierBars } from '../../market/earlier-bars.ts';
import type { Simulation } from '../../market/simulation.ts';
import { type Query, dateOf, instantOf, numberOf, pageOf } from '../query.ts';
import { badParameter, notFound } from '../replies.ts';
import { barsOf, windowOf } from './bars.ts';
import { CONDITIONS, EXCHANGES, barBody, quoteBody, snapshotBody, tradeBody } from './wire.ts';

export interface OptionDataOptions {
  readonly simulation: Simulation;
  readonly earlier: EarlierBars;
  readonly guarded: MiddlewareHandler;
}

const MOST_SYMBOLS = 100;

/** The broker's option data: `/v1beta1/options/...`. Numbers are JSON numbers here. Historical quotes are not sold, nor served. */
export function optionDataRoutes(app: Hono, { simulation, earlier, guarded }: OptionDataOptions): void {
  const base = '/v1beta1/options';
  app.get(`${base}/snapshots/:underlying`, guarded, (context) =>
    snapshotChain(context, context.req.param('underlying'), simulation),
  );
  app.get(`${base}/snapshots`, guarded, (context) => {
    const query = checked(context);
    const found = symbolsOf(query).flatMap((symbol) => simulation.index.contracts.get(symbol) ?? []);
    return snapshots(context, found, query, simulation);
  });
  app.get(`${base}/bars`, guarded, (context) => bars(context, simulation, earlier));
  app.get(`${base}/trades`, guarded, (context) => trades(context, simulation));
  app.get(`${base}/quotes/latest`, guarded, (context) => {
    const rows = symbolsOf(checked(context)).flatMap((symbol) => {
      const quote = simulation.nbbo(symbol);
      return quote === undefined ? [] : [[symbol, quoteBody(quote)] as const];
    });
    return jsonResponse(context, { quotes: Object.fromEntries(rows) });
  });
  app.get(`${base}/trades/latest`, guarded, (context) => {
    const rows = symbolsOf(checked(context)).flatMap((symbol) => {
      const trade = simulation.index.lastTrade(symbol, simulation.step);
      return trade === undefined ? [] : [[symbol, tradeBody(trade)] as const];
    });
    return jsonResponse(context, { trades: Object.fromEntries(rows) });
  });
  app.get(`${base}/meta/exchanges`, guarded, (context) => jsonResponse(context, EXCHANGES));
  app.get(`${base}/meta/conditions/:type`, guarded, (context) => {
    const type = context.req.param('type');
    if (type !== 'trade' && type !== 'quote') throw notFound(`no conditions of ${type}`);
    return jsonResponse(context, CONDITIONS);
  });
}

function checked(context: Context): Query {
  const query = context.req.query();
  const { feed } = query;
  if (feed !== undefined && feed !== 'indicative' && feed !== 'opra') throw badParameter(`invalid feed: ${feed}`);
  return query;
}

function symbolsOf(query: Query): readonly string[] {
  const symbols = (query['symbols'] ?? '').split(',').filter((symbol) => symbol !== '');
  if (symbols.length === 0) throw badParameter('symbols are required');
  if (symbols.length > MOST_SYMBOLS) throw badParameter(`at most ${MOST_SYMBOLS} symbols are allowed`);
  return [...new Set(symbols)];
}

function snapshotChain(context: Context, underlying: string, simulation: Simulation): Response {
  const query = checked(context);
  const today = nyDate(simulation.now);
  const is = dateOf('expiration_date', query);
  const from = dateOf('expiration_date_gte', query);
  const to = dateOf('expiration_date_lte', query);
  const lowest = numberOf('strike_price_gte', query);
  const highest = numberOf('strike_price_lte', query);
  const type = query['type'];
  if (type && type !== 'call' && type !== 'put') throw badParameter(`invalid type: ${type}`);
  const found = simulation.index
    .contractsOf(underlying)
    .filter(
      ({ expiry, strike, right, root }) =>
        expiry >= today &&
        (is === undefined || expiry === is) &&
        (from === undefined || expiry >= from) &&
        (to === undefined || expiry <= to) &&
        (lowest === undefined || strike >= lowest) &&
        (highest === undefined || strike <= highest) &&
        (!type || right === type) &&
        (!query['root_symbol'] || root === query['root_symbol']),
    );
  return snapshots(context, found, query, simulation);
}

function snapshots(context: Context, found: readonly OptionContract[], query: Query, simulation: Simulation): Response {
  const since = instantOf('updated_since', query);
  const rows = found
    .filter(({ symbol }) => since === undefined || (simulation.nbbo(symbol)?.at ?? 0) >= since)
    .map((contract) => ({ key: String(contract.symbol), body: snapshotBody(contract, simulation) }))
    .filter(({ body }) => Object.keys(body).length > 0)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = pageOf(rows, query, 100, 1_000);
  return jsonResponse(context, {
    snapshots: Object.fromEntries(page.rows.map(({ key, body }) => [key, body])),
    next_page_token: page.next,
  });
}

async function bars(context: Context, simulation: Simulation, earlier: EarlierBars): Promise<Response> {
  const query = checked(context);
  const timeframe = query['timeframe'] ?? '1Day';
  windowOf(timeframe);
  const from = instantOf('start', query) ?? nyInstant(simulation.session.date, '00:00');
  const to = instantOf('end', query) ?? simulation.now;
  const rows: { key: string; body: unknown }[] = [];
  for (const symbol of symbolsOf(query)) {
    const found = await barsOf(symbol, { from, to, timeframe }, { simulation, earlier });
    rows.push(...sorted(found, query).map((bar) => ({ key: symbol, body: barBody(bar) })));
  }
  return series(context, 'bars', rows, query);
}

function trades(context: Context, simulation: Simulation): Response {
  const query = checked(context);
  const from = instantOf('start', query) ?? nyInstant(simulation.session.date, '00:00');
  const to = instantOf('end', query) ?? simulation.now;
  const rows = symbolsOf(query).flatMap((symbol) => {
    const found = simulation.index
      .tradesOf(symbol, simulation.step)
      .filter((trade: Trade) => trade.at >= from && trade.at <= to);
    return sorted(found, query).map((trade) => ({ key: symbol, body: tradeBody(trade) }));
  });
  return series(context, 'trades', rows, query);
}

/** Pages count rows over all symbols, symbol after symbol. */
function series(
  context: Context,
  name: string,
  rows: readonly { key: string; body: unknown }[],
  query: Query,
): Response {
  const page = pageOf(rows, query, 1_000, 10_000);
  const groups: Record<string, unknown[]> = {};
  for (const { key, body } of page.rows) (groups[key] ??= []).push(body);
  return jsonResponse(context, { [name]: groups, next_page_token: page.next });
}

function sorted<T>(rows: readonly T[], query: Query): readonly T[] {
  const { sort = 'asc' } = query;
  if (sort !== 'asc' && sort !== 'desc') throw badParameter(`invalid sort: ${sort}`);
  return sort === 'asc' ? rows : rows.toReversed();
}
