import { toTradingError } from '@trading-agent/core';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { type EarlierBars, aggregates } from './aggregates.ts';
import { chainSnapshot, contractSnapshot } from './chain-snapshot.ts';
import { listContracts, oneContract } from './contracts.ts';
import { marketStatusNow, marketStatusUpcoming } from './market-status.ts';
import { BadRequest, PolygonReplies } from './replies.ts';

export interface PolygonRestOptions {
  readonly simulation: Simulation;
  readonly earlier: EarlierBars;
  readonly apiKey: string;
  readonly nextRequestId: () => string;
}

/** The market data vendor's REST interface. The key is taken from `apiKey=` or `Authorization: Bearer`. */
export function polygonRest({ simulation, earlier, apiKey, nextRequestId }: PolygonRestOptions): Hono {
  const replies = new PolygonReplies(nextRequestId);
  const app = new Hono();

  const authenticated: MiddlewareHandler = async (context, next) => {
    const key = givenKey(context);
    if (key === undefined) return replies.unauthorized(context, 'API Key was not provided');
    if (key !== apiKey) return replies.unauthorized(context, 'Unknown API Key');
    await next();
    return undefined;
  };

  app.get('/v3/reference/options/contracts', authenticated, (context) => listContracts(context, simulation, replies));
  app.get('/v3/reference/options/contracts/:ticker', authenticated, (context) =>
    oneContract(context, context.req.param('ticker'), simulation, replies),
  );
  app.get('/v3/snapshot/options/:underlying', authenticated, (context) =>
    chainSnapshot(context, context.req.param('underlying'), simulation, replies),
  );
  app.get('/v3/snapshot/options/:underlying/:ticker', authenticated, (context) =>
    contractSnapshot(context, context.req.param(), simulation, replies),
  );
  app.get('/v2/aggs/ticker/:ticker/range/:multiplier/:timespan/:from/:to', authenticated, (context) =>
    aggregates(context, context.req.param(), { simulation, earlier }, replies),
  );
  app.get('/v1/marketstatus/now', authenticated, (context) => jsonResponse(context, marketStatusNow(simulation.now)));
  app.get('/v1/marketstatus/upcoming', authenticated, (context) =>
    jsonResponse(context, marketStatusUpcoming(simulation.now)),
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
