import { previousSession } from '@trading-agent/calendar';
import { polygonOptionTicker } from '@trading-agent/instruments';
import type { Context } from 'hono';
import { jsonNanos } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { type BarSource, dayRow } from './aggregates.ts';
import { snapshotRow } from './chain-snapshot.ts';
import { listPage } from './list-page.ts';
import type { MarketPlan } from './market-plan.ts';
import type { Parameters } from './parameters.ts';
import { BadRequest, type PolygonReplies } from './replies.ts';

const LIMITS = { standard: 10, most: 250 };
const MOST_TICKERS = 250;

/** `GET /v3/snapshot`: any instruments by `ticker.any_of`, or all of a `type`. What is not there or not in the plan is a row with an error. */
export function universalSnapshot(
  context: Context,
  source: BarSource,
  plan: MarketPlan,
  replies: PolygonReplies,
): Promise<Response> {
  return listPage(context, replies, LIMITS, (parameters) =>
    Promise.all(tickers(parameters, source.simulation).map((ticker) => row(ticker, source, plan))),
  );
}

/** `GET /v3/snapshot/indices`. */
export function indicesSnapshot(
  context: Context,
  source: BarSource,
  plan: MarketPlan,
  replies: PolygonReplies,
): Promise<Response> {
  return listPage(context, replies, LIMITS, (parameters) => {
    const asked = tickers(parameters, source.simulation, 'indices');
    return Promise.all(
      asked.map((ticker) => (ticker.startsWith('I:') ? row(ticker, source, plan) : Promise.resolve(notFound(ticker)))),
    );
  });
}

/** `GET /v2/snapshot/locale/us/markets/stocks/tickers/{ticker}`: before the first trade of a day the figures are 0, as they are cleared at night. */
export async function stockSnapshot(
  context: Context,
  ticker: string,
  source: BarSource,
  replies: PolygonReplies,
): Promise<Response> {
  const { simulation } = source;
  if (!simulation.index.day.underlyings.includes(ticker) || ticker.startsWith('I:'))
    return replies.notFound(context, 'Data not found.');
  const last = simulation.index.lastBar(ticker, simulation.step);
  const before = await dayRow(ticker, previousSession(simulation.session.date), source);
  const figures = (of: typeof before): Record<string, number> =>
    of ? { o: of.o, h: of.h, l: of.l, c: of.c, v: of.v } : { o: 0, h: 0, l: 0, c: 0, v: 0 };
  const change = last && before ? last.bar.close - before.c : 0;
  return replies.ok(context, {
    ticker: {
      ticker,
      day: figures(await dayRow(ticker, simulation.session.date, source)),
      prevDay: figures(before),
      todaysChange: change,
      todaysChangePerc: before ? (100 * change) / before.c : 0,
      updated: last ? jsonNanos(last.bar.end) : 0,
    },
  });
}

function tickers(parameters: Parameters, simulation: Simulation, always?: 'indices'): readonly string[] {
  const named = parameters.text('ticker.any_of')?.split(',') ?? [];
  if (named.length > MOST_TICKERS) throw new BadRequest(`'ticker.any_of' takes at most ${MOST_TICKERS} tickers`);
  const type = always ?? parameters.oneOf('type', ['stocks', 'options', 'indices', 'fx', 'crypto']);
  if (named.length > 0) return named;
  const { index } = simulation;
  const within = parameters.range('ticker', (name) => parameters.text(name));
  const all = [
    ...index.day.underlyings,
    ...[...index.contracts.values()].map(({ symbol }) => polygonOptionTicker(symbol)),
  ];
  const found = all.filter((ticker) => (type === undefined || type === classOf(ticker)) && within(ticker)).sort();
  return parameters.oneOf('order', ['asc', 'desc']) === 'desc' ? found.toReversed() : found;
}

function classOf(ticker: string): 'options' | 'indices' | 'stocks' {
  if (ticker.startsWith('O:')) return 'options';
  return ticker.startsWith('I:') ? 'indices' : 'stocks';
}

function notFound(ticker: string): Record<string, unknown> {
  return { ticker, error: 'NOT_FOUND', message: 'Ticker not found.' };
}

async function row(ticker: string, source: BarSource, plan: MarketPlan): Promise<Record<string, unknown>> {
  const { simulation } = source;
  const type = classOf(ticker);
  if (plan.lacks.includes(type)) return { ticker, error: 'NOT_ENTITLED', message: 'Not entitled to this ticker.' };
  const open = simulation.now >= simulation.session.open && simulation.now < simulation.session.close;
  const market_status = open ? 'open' : 'closed';
  if (type === 'options') {
    const contract = simulation.index.contracts.get(ticker.slice(2));
    if (!contract) return notFound(ticker);
    const { day, details, ...rest } = snapshotRow(contract, simulation);
    const name = `${contract.underlying} $${contract.strike} ${contract.right === 'call' ? 'Call' : 'Put'}`;
    return { ticker, type, name, market_status, session: day, details, ...rest };
  }
  if (!simulation.index.day.underlyings.includes(ticker)) return notFound(ticker);
  const last = simulation.index.lastBar(ticker, simulation.step);
  const before = await dayRow(ticker, previousSession(simulation.session.date), source);
  const session = {
    ...(last && {
      ...(type === 'stocks' && { price: last.bar.close, volume: last.dayVolume }),
      open: last.dayOpen,
      high: last.dayHigh,
      low: last.dayLow,
      close: last.bar.close,
    }),
    ...(before && { previous_close: before.c }),
    ...(last &&
      before && {
        change: last.bar.close - before.c,
        change_percent: (100 * (last.bar.close - before.c)) / before.c,
      }),
  };
  return {
    ticker,
    type,
    name: ticker,
    market_status,
    session,
    ...(last && {
      ...(type === 'indices' && { value: last.bar.close }),
      last_updated: jsonNanos(last.bar.end),
      timeframe: 'REAL-TIME',
    }),
  };
}
