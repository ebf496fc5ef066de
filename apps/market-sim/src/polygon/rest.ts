import { type Micros, toTradingError } from '@trading-agent/core';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { RequestBudget } from '../http/request-budget.ts';
import type { FaultPort } from '../faults/effects.ts';
import { vendorClock } from '../faults/vendor-clock.ts';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import type { EarlierBars } from '../market/earlier-bars.ts';
import { type BarSource, aggregates } from './aggregates.ts';
import { chainSnapshot, contractSnapshot } from './chain-snapshot.ts';
import { listContracts, oneContract } from './contracts.ts';
import { groupedDay, openClose, previousDay } from './day-bars.ts';
import { INDICATORS, indicator } from './indicators.ts';
import { indicesSnapshot, stockSnapshot, universalSnapshot } from './instrument-snapshots.ts';
import { type Capability, type MarketPlan, WHOLE_PLAN, entitled } from './market-plan.ts';
import { marketStatusNow, marketStatusUpcoming } from './market-status.ts';
import { conditions, datedRows, exchanges, news, oneTicker, tickers } from './reference-lists.ts';
import { BadRequest, PolygonReplies } from './replies.ts';
import { lastQuote, lastTrade, quotes, trades } from './ticks.ts';

export interface PolygonRestOptions {
  readonly simulation: Simulation;
  readonly earlier: EarlierBars;
  readonly apiKeys: readonly string[];
  readonly faults: FaultPort;
  readonly nextRequestId: () => string;
  /** The real clock, by which requests are counted. */
  readonly realMillis: () => number;
  /** What the simulated subscription has; everything, without corporate actions and news, unless given. */
  readonly plan?: Partial<MarketPlan>;
}

/** The market data vendor's REST interface. The key is taken from `apiKey=` or `Authorization: Bearer`. */
export function polygonRest(options: PolygonRestOptions): Hono {
  const { simulation, earlier, apiKeys, faults, nextRequestId } = options;
  const plan: MarketPlan = { ...WHOLE_PLAN, ...options.plan };
  const replies = new PolygonReplies(nextRequestId, plan.nextUrlOrigin);
  const app = new Hono();

  const perMinute = plan.requestsPerMinute;
  const budgets = new Map(
    perMinute === undefined ? [] : apiKeys.map((key) => [key, new RequestBudget(perMinute, options.realMillis)]),
  );

  const authenticated: MiddlewareHandler = async (context, next) => {
    const key = givenKey(context);
    if (key === undefined) return replies.unauthorized(context, 'API Key was not provided');
    if (!apiKeys.includes(key)) return replies.unauthorized(context, 'Unknown API Key');
    if (budgets.get(key)?.take() === false) return replies.tooMany(context);
    await next();
    return undefined;
  };

  const source: BarSource = { simulation, earlier, emptyResults: plan.emptyResults };
  const get = (path: string, needs: Capability, answer: (context: Context) => Response | Promise<Response>): void => {
    app.get(path, authenticated, entitled(plan, replies, needs), (context) => answer(context));
  };
  const param = (context: Context, name: string): string => context.req.param(name) ?? '';
  const ticker = (context: Context): string => param(context, 'ticker');

  get('/v3/reference/options/contracts', 'contracts', (context) => listContracts(context, simulation, replies));
  get('/v3/reference/options/contracts/:ticker', 'contracts', (context) =>
    oneContract(context, ticker(context), simulation, replies),
  );
  get('/v3/snapshot', 'snapshots', (context) => universalSnapshot(context, source, plan, replies));
  get('/v3/snapshot/indices', 'snapshots', (context) => indicesSnapshot(context, source, plan, replies));
  get('/v3/snapshot/options/:underlying', 'snapshots', (context) =>
    chainSnapshot(context, param(context, 'underlying'), simulation, replies, plan.chain),
  );
  get('/v3/snapshot/options/:underlying/:ticker', 'snapshots', (context) =>
    contractSnapshot(
      context,
      { underlying: param(context, 'underlying'), ticker: ticker(context) },
      simulation,
      replies,
    ),
  );
  get('/v2/snapshot/locale/us/markets/stocks/tickers/:ticker', 'snapshots', (context) =>
    stockSnapshot(context, ticker(context), source, replies),
  );

  get('/v2/aggs/ticker/:ticker/range/:multiplier/:timespan/:from/:to', 'bars', (context) =>
    aggregates(
      context,
      {
        ticker: ticker(context),
        multiplier: param(context, 'multiplier'),
        timespan: param(context, 'timespan'),
        from: param(context, 'from'),
        to: param(context, 'to'),
      },
      source,
      replies,
    ),
  );
  get('/v2/aggs/ticker/:ticker/prev', 'bars', (context) => previousDay(context, ticker(context), source, replies));
  get('/v2/aggs/grouped/locale/us/market/stocks/:date', 'bars', (context) =>
    groupedDay(context, param(context, 'date'), source, replies),
  );
  get('/v1/open-close/:ticker/:date', 'bars', (context) =>
    openClose(context, { ticker: ticker(context), date: param(context, 'date') }, source, replies),
  );

  get('/v3/trades/:ticker', 'trades', (context) => trades(context, ticker(context), simulation, replies));
  get('/v3/quotes/:ticker', 'quotes', (context) => quotes(context, ticker(context), simulation, replies));
  get('/v2/last/trade/:ticker', 'trades', (context) => lastTrade(context, ticker(context), simulation, replies));
  get('/v2/last/nbbo/:ticker', 'quotes', (context) => lastQuote(context, ticker(context), simulation, replies));
  for (const name of INDICATORS)
    get(`/v1/indicators/${name}/:ticker`, 'indicators', (context) =>
      indicator(context, { indicator: name, ticker: ticker(context) }, source, replies),
    );

  get('/v3/reference/exchanges', 'reference', (context) => exchanges(context, replies));
  get('/v3/reference/conditions', 'reference', (context) => conditions(context, replies));
  get('/v3/reference/tickers', 'reference', (context) => tickers(context, simulation, replies));
  get('/v3/reference/tickers/:ticker', 'reference', (context) =>
    oneTicker(context, ticker(context), simulation, replies),
  );
  const dated = (path: string, needs: Capability, list: Parameters<typeof datedRows>[1]): void =>
    get(path, needs, (context) => datedRows(context, list, simulation, replies));
  const { dividends, splits, treasury } = plan.rows;
  const few = { standard: 10, most: 1_000 };
  dated('/v3/reference/dividends', 'reference', { rows: dividends, dated: 'ex_dividend_date', limits: few });
  dated('/v3/reference/splits', 'reference', { rows: splits, dated: 'execution_date', limits: few });
  dated('/fed/v1/treasury-yields', 'treasury', {
    rows: treasury,
    dated: 'date',
    limits: { standard: 100, most: 50_000 },
  });
  get('/v2/reference/news', 'news', (context) => news(context, plan.rows.news, simulation, replies));

  const clock = (context: Context): Micros => {
    const key = givenKey(context);
    return vendorClock(simulation.now, { room: 'polygon', ...(key !== undefined && { key }) }, faults);
  };
  app.get('/v1/marketstatus/now', authenticated, (context) => jsonResponse(context, marketStatusNow(clock(context))));
  app.get('/v1/marketstatus/upcoming', authenticated, (context) =>
    jsonResponse(context, marketStatusUpcoming(clock(context))),
  );
  app.onError((error, context) => {
    if (error instanceof BadRequest) return replies.badRequest(context, error.message);
    return replies.failed(context, toTradingError(error).message);
  });
  return app;
}

function givenKey(context: Context): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
  return bearer ?? (context.req.query('apiKey') || undefined);
}
