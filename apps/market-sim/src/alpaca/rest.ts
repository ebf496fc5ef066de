import { Hono, type MiddlewareHandler } from 'hono';
import { toTradingError } from '@trading-agent/core';
import type { FaultPort } from '../faults/effects.ts';
import { vendorClock } from '../faults/vendor-clock.ts';
import { jsonResponse } from '../http/json.ts';
import type { EarlierBars } from '../market/earlier-bars.ts';
import type { Simulation } from '../market/simulation.ts';
import { AccountSettings } from './account-configuration.ts';
import { accountObject } from './account.ts';
import { listActivities } from './activities.ts';
import { listAssets, oneAsset } from './assets.ts';
import { calendarRows, clockObject } from './clock.ts';
import { optionDataRoutes } from './data/rest.ts';
import type { AlpacaKeys } from './keys.ts';
import { optionContractObject, optionContractsPage } from './option-contracts.ts';
import { replaceOrder } from './order-changes.ts';
import { cancelAllOrders, cancelOrder, listOrders, oneOrder, orderByClientId, submitOrder } from './orders.ts';
import { portfolioHistory } from './portfolio-history.ts';
import { closeAllPositions, closePosition, listPositions, onePosition, requestExercise } from './positions.ts';
import { BrokerRefusal } from './replies.ts';
import type { RequestBudget } from '../http/request-budget.ts';

export interface AlpacaRestOptions {
  readonly simulation: Simulation;
  readonly keys: AlpacaKeys;
  readonly budget: RequestBudget;
  readonly nextRequestId: () => string;
  readonly faults: FaultPort;
  /** Also the fields of the pattern-day-trader rule, which the broker removed on 2026-07-06. */
  readonly pdtFields: boolean;
  /** What option data knows of the days before. */
  readonly earlier: EarlierBars;
}

/** The broker's trading REST interface. Keys come in the `APCA-API-KEY-ID` and `APCA-API-SECRET-KEY` headers. */
export function alpacaRest({
  simulation,
  keys,
  budget,
  nextRequestId,
  faults,
  pdtFields,
  earlier,
}: AlpacaRestOptions): Hono {
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

  const settings = new AccountSettings(pdtFields);
  app.get('/v2/account', guarded, (context) => {
    const { values: configuration } = settings;
    return jsonResponse(context, accountObject(simulation, { configuration, pdtFields }));
  });
  app.get('/v2/account/configurations', guarded, (context) => settings.respond(context));
  app.patch('/v2/account/configurations', guarded, (context) => settings.change(context));
  app.get('/v2/account/activities', guarded, (context) => listActivities(context, undefined, simulation));
  app.get('/v2/account/activities/:type', guarded, (context) =>
    listActivities(context, context.req.param('type'), simulation),
  );
  app.get('/v2/account/portfolio/history', guarded, (context) => portfolioHistory(context, simulation));
  app.get('/v2/assets', guarded, (context) => listAssets(context, simulation));
  app.get('/v2/assets/:symbol', guarded, (context) => oneAsset(context, context.req.param('symbol'), simulation));
  app.get('/v2/clock', guarded, (context) =>
    jsonResponse(context, clockObject(vendorClock(simulation.now, { room: 'alpaca', key: keys.keyId }, faults))),
  );
  app.get('/v2/calendar', guarded, (context) => jsonResponse(context, calendarRows(context.req.query())));
  app.get('/v2/positions', guarded, (context) => listPositions(context, simulation));
  app.delete('/v2/positions', guarded, (context) => closeAllPositions(context, simulation));
  app.get('/v2/positions/:symbol', guarded, (context) => onePosition(context, context.req.param('symbol'), simulation));
  app.delete('/v2/positions/:symbol', guarded, (context) =>
    closePosition(context, context.req.param('symbol'), simulation),
  );
  app.post('/v2/positions/:symbol/exercise', guarded, (context) =>
    requestExercise(context, context.req.param('symbol'), 'exercise', simulation),
  );
  app.post('/v2/positions/:symbol/do-not-exercise', guarded, (context) =>
    requestExercise(context, context.req.param('symbol'), 'doNotExercise', simulation),
  );
  app.post('/v2/orders', guarded, (context) => submitOrder(context, simulation, settings));
  app.get('/v2/orders', guarded, (context) => listOrders(context, simulation));
  app.delete('/v2/orders', guarded, (context) => cancelAllOrders(context, simulation));
  app.get('/v2/orders:by_client_order_id', guarded, (context) => orderByClientId(context, simulation));
  app.get('/v2/orders/:id', guarded, (context) => oneOrder(context, context.req.param('id'), simulation));
  app.patch('/v2/orders/:id', guarded, (context) => replaceOrder(context, context.req.param('id'), simulation));
  app.delete('/v2/orders/:id', guarded, (context) => cancelOrder(context, context.req.param('id'), simulation));
  app.get('/v2/options/contracts', guarded, (context) =>
    jsonResponse(context, optionContractsPage(context.req.query(), simulation)),
  );
  app.get('/v2/options/contracts/:symbol', guarded, (context) =>
    jsonResponse(context, optionContractObject(context.req.param('symbol'), simulation)),
  );
  optionDataRoutes(app, { simulation, earlier, guarded });
  app.onError((error, context) => {
    if (error instanceof BrokerRefusal) return error.respond(context);
    return jsonResponse(context, { code: 50010000, message: toTradingError(error).message }, 500);
  });
  return app;
}
