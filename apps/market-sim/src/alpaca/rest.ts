import { Hono, type MiddlewareHandler } from 'hono';
import { toTradingError } from '@trading-agent/core';
import type { FaultPort } from '../faults/effects.ts';
import { vendorClock } from '../faults/vendor-clock.ts';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { accountObject, positionObject } from './account.ts';
import { calendarRows, clockObject } from './clock.ts';
import type { AlpacaKeys } from './keys.ts';
import { optionContractObject, optionContractsPage } from './option-contracts.ts';
import { assetId } from './order-object.ts';
import { cancelAllOrders, cancelOrder, listOrders, oneOrder, orderByClientId, submitOrder } from './orders.ts';
import { BrokerRefusal, notFound } from './replies.ts';
import type { RequestBudget } from './request-budget.ts';

export interface AlpacaRestOptions {
  readonly simulation: Simulation;
  readonly keys: AlpacaKeys;
  readonly budget: RequestBudget;
  readonly nextRequestId: () => string;
  readonly faults: FaultPort;
}

/** The broker's trading REST interface. Keys come in the `APCA-API-KEY-ID` and `APCA-API-SECRET-KEY` headers. */
export function alpacaRest({ simulation, keys, budget, nextRequestId, faults }: AlpacaRestOptions): Hono {
  const app = new Hono();
  const guarded: MiddlewareHandler = async (context, next) => {
    context.header('X-Request-ID', nextRequestId());
    const { req } = context;
    if (req.header('apca-api-key-id') !== keys.keyId || req.header('apca-api-secret-key') !== keys.secretKey)
      return jsonResponse(context, { message: 'unauthorized.' }, 401);
    const within = budget.take();
    for (const [name, value] of Object.entries(budget.headers())) context.header(name, value);
    if (!within) return jsonResponse(context, { code: 42910000, message: 'rate limit exceeded' }, 429);
    await next();
    return undefined;
  };

  app.get('/v2/account', guarded, (context) => jsonResponse(context, accountObject(simulation)));
  app.get('/v2/clock', guarded, (context) =>
    jsonResponse(context, clockObject(vendorClock(simulation.now, { room: 'alpaca', key: keys.keyId }, faults))),
  );
  app.get('/v2/calendar', guarded, (context) => jsonResponse(context, calendarRows(context.req.query())));
  app.get('/v2/positions', guarded, (context) =>
    jsonResponse(
      context,
      simulation.positions.map((position) => positionObject(position, simulation)),
    ),
  );
  app.get('/v2/positions/:symbol', guarded, (context) => {
    const name = context.req.param('symbol');
    const position = simulation.positions.find(({ symbol }) => symbol === name || assetId(symbol) === name);
    if (!position) throw notFound('position does not exist');
    return jsonResponse(context, positionObject(position, simulation));
  });
  app.post('/v2/orders', guarded, (context) => submitOrder(context, simulation));
  app.get('/v2/orders', guarded, (context) => listOrders(context, simulation));
  app.delete('/v2/orders', guarded, (context) => cancelAllOrders(context, simulation));
  app.get('/v2/orders:by_client_order_id', guarded, (context) => orderByClientId(context, simulation));
  app.get('/v2/orders/:id', guarded, (context) => oneOrder(context, context.req.param('id'), simulation));
  app.delete('/v2/orders/:id', guarded, (context) => cancelOrder(context, context.req.param('id'), simulation));
  app.get('/v2/options/contracts', guarded, (context) =>
    jsonResponse(context, optionContractsPage(context.req.query(), simulation)),
  );
  app.get('/v2/options/contracts/:symbol', guarded, (context) =>
    jsonResponse(context, optionContractObject(context.req.param('symbol'), simulation)),
  );
  app.onError((error, context) => {
    if (error instanceof BrokerRefusal) return error.respond(context);
    return jsonResponse(context, { code: 50010000, message: toTradingError(error).message }, 500);
  });
  return app;
}
