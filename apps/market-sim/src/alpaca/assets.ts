import type { Context } from 'hono';
import { closesLate } from '@trading-agent/calendar';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { assetId } from './order-object.ts';
import { badParameter, notFound } from './replies.ts';

/** `GET /v2/assets`: the market's stocks. */
export function listAssets(context: Context, simulation: Simulation): Response {
  const { status = 'active', asset_class: kind = 'us_equity' } = context.req.query();
  if (status !== 'active' && status !== 'inactive') throw badParameter(`invalid status ${status}`);
  const rows = status === 'active' && kind === 'us_equity' ? stocks(simulation) : [];
  return jsonResponse(
    context,
    rows.map((symbol) => assetObject(symbol, simulation)),
  );
}

/** `GET /v2/assets/{symbol_or_asset_id}`. */
export function oneAsset(context: Context, name: string, simulation: Simulation): Response {
  const symbol = stocks(simulation).find((ticker) => ticker === name || assetId(ticker) === name);
  if (symbol === undefined) throw notFound(`asset not found for ${name}`);
  return jsonResponse(context, assetObject(symbol, simulation));
}

function stocks(simulation: Simulation): readonly string[] {
  return simulation.index.day.underlyings.filter((ticker) => !ticker.startsWith('I:'));
}

function assetObject(symbol: string, simulation: Simulation): Readonly<Record<string, unknown>> {
  const hasOptions = simulation.index.contractsOf(symbol).length > 0;
  return {
    id: assetId(symbol),
    class: 'us_equity',
    exchange: 'NYSE',
    symbol,
    name: symbol,
    status: 'active',
    tradable: true,
    marginable: true,
    shortable: true,
    easy_to_borrow: true,
    borrow_status: 'easy_to_borrow',
    fractionable: false,
    attributes: [...(hasOptions ? ['has_options'] : []), ...(closesLate(symbol) ? ['options_late_close'] : [])],
  };
}
