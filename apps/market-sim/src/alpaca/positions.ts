import { deriveUuid, subtractUsd } from '@trading-agent/core';
import type { BrokerPosition } from '@trading-agent/broker';
import type { Rejection } from '@trading-agent/exchange';
import { type Order, isOptionSymbol, isTerminal, opens } from '@trading-agent/instruments';
import type { Context } from 'hono';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { decimal, money, worth } from './decimals.ts';
import { type OrderObject, assetId, orderObject } from './order-object.ts';
import { BrokerRefusal, badParameter, notFound, unprocessable } from './replies.ts';

/** `GET /v2/positions`. */
export function listPositions(context: Context, simulation: Simulation): Response {
  return jsonResponse(
    context,
    simulation.positions.map((position) => positionObject(position, simulation)),
  );
}

/** `GET /v2/positions/{symbol_or_asset_id}`. */
export function onePosition(context: Context, name: string, simulation: Simulation): Response {
  return jsonResponse(context, positionObject(find(name, simulation), simulation));
}

/** `DELETE /v2/positions/{symbol_or_asset_id}`: a market order for all, `qty` or `percentage` of it. */
export function closePosition(context: Context, name: string, simulation: Simulation): Response {
  const position = find(name, simulation);
  const { qty, percentage } = context.req.query();
  if (qty && percentage) throw badParameter('only one of qty and percentage is allowed');
  const held = Math.abs(position.quantity);
  const quantity = qty ? Number(qty) : percentage ? Math.floor((held * Number(percentage)) / 100) : held;
  if (!Number.isInteger(quantity) || quantity < 1) throw unprocessable('qty must be a positive whole number');
  const outcome = close(position, quantity, simulation);
  if (!outcome.accepted) throw new BrokerRefusal(outcome.status, outcome.code, outcome.reason);
  return jsonResponse(context, outcome.body);
}

/** `DELETE /v2/positions`: 207 with one row per position; with `cancel_orders=true` what works on them is canceled first. */
export function closeAllPositions(context: Context, simulation: Simulation): Response {
  if (context.req.query('cancel_orders') === 'true') {
    const live = simulation.orders.records().filter((record) => !isTerminal(record.status));
    if (live.length > 0) simulation.cancel(live.map(({ brokerOrderId }) => brokerOrderId));
  }
  // Shorts first: a long that covers one can't go before it, nor can shares.
  const positions = simulation.positions.toSorted((a, b) => a.quantity - b.quantity);
  const rows = positions.map((position) => {
    const outcome = close(position, Math.abs(position.quantity), simulation);
    return outcome.accepted
      ? { symbol: position.symbol, status: 200, body: outcome.body }
      : { symbol: position.symbol, status: outcome.status, body: { code: outcome.code, message: outcome.reason } };
  });
  return jsonResponse(context, rows, 207);
}

/** `POST /v2/positions/{symbol_or_contract_id}/exercise` and `/do-not-exercise`: 200 without a body. */
export function requestExercise(
  context: Context,
  name: string,
  wish: 'exercise' | 'doNotExercise',
  simulation: Simulation,
): Response {
  const symbol = simulation.positions.find((position) => assetId(position.symbol) === name)?.symbol ?? name;
  const answer = simulation[wish](symbol);
  if (!answer.accepted) throw new BrokerRefusal(answer.status, answer.code, answer.reason);
  return context.body(null, 200);
}

function find(name: string, simulation: Simulation): BrokerPosition {
  const position = simulation.positions.find(({ symbol }) => symbol === name || assetId(symbol) === name);
  if (!position) throw notFound('position does not exist');
  return position;
}

/** Closes `quantity` of a position by a market order. */
function close(
  { symbol, quantity: held }: BrokerPosition,
  quantity: number,
  simulation: Simulation,
): { readonly accepted: true; readonly body: OrderObject } | Rejection {
  const order: Order = {
    clientOrderId: deriveUuid(simulation.accountNumber, 'unnamed', simulation.requestCount),
    underlying: isOptionSymbol(symbol) ? (simulation.contract(symbol)?.underlying ?? '') : symbol,
    legs: [{ symbol, ratio: 1, intent: held > 0 ? 'sell_to_close' : 'buy_to_close' }],
    quantity,
    type: 'market',
    limit: null,
    timeInForce: 'day',
  };
  const outcome = simulation.submit(order);
  return outcome.accepted ? { accepted: true, body: orderObject(outcome.record, 'pending_new') } : outcome;
}

/** One row of `GET /v2/positions`. Values are at the mark; unknown while there never was one. */
export function positionObject(position: BrokerPosition, simulation: Simulation): Readonly<Record<string, unknown>> {
  const { symbol, quantity, averagePrice } = position;
  const isOption = isOptionSymbol(symbol);
  const multiplier = isOption ? (simulation.contract(symbol)?.multiplier ?? 1) : 1;
  const cost = worth(averagePrice, quantity, multiplier);
  const price = simulation.mark(symbol);
  const value = price === null ? null : worth(price, quantity, multiplier);
  const profit = value === null ? null : subtractUsd(value, cost);
  const percent = profit === null || cost === 0 ? null : decimal(profit / Math.abs(cost));
  const before = simulation.closingMark(symbol);
  return {
    asset_id: assetId(symbol),
    symbol,
    exchange: '',
    asset_class: isOption ? 'us_option' : 'us_equity',
    asset_marginable: !isOption,
    avg_entry_price: decimal(averagePrice),
    qty: String(quantity),
    qty_available: String(available(position, simulation)),
    side: quantity < 0 ? 'short' : 'long',
    cost_basis: money(cost),
    market_value: value === null ? null : money(value),
    unrealized_pl: profit === null ? null : money(profit),
    unrealized_plpc: percent,
    ...intraday(price, before, quantity * multiplier, { profit: profit === null ? null : money(profit), percent }),
    current_price: price === null ? null : decimal(price),
    lastday_price: before === null ? null : decimal(before),
    change_today: price === null || before === null || before === 0 ? null : decimal(price / before - 1),
  };
}

/** Against yesterday's mark; what has none was bought today: all its profit is of today. */
function intraday(
  price: number | null,
  before: number | null,
  shares: number,
  whole: { readonly profit: string | null; readonly percent: string | null },
): Readonly<Record<string, string | null>> {
  if (price === null || before === null || before === 0)
    return { unrealized_intraday_pl: whole.profit, unrealized_intraday_plpc: whole.percent };
  return {
    unrealized_intraday_pl: decimal((price - before) * shares),
    unrealized_intraday_plpc: decimal((price / before - 1) * Math.sign(shares)),
  };
}

/** Contracts or shares that no live order is about to close; signed like the position. */
function available(position: BrokerPosition, simulation: Simulation): number {
  let reserved = 0;
  for (const record of simulation.orders.records()) {
    if (isTerminal(record.status) || record.pending === 'takeover') continue;
    for (const leg of record.legs) {
      if (leg.symbol !== position.symbol || opens(leg.intent)) continue;
      reserved += record.order.quantity * leg.ratio - leg.filledQuantity;
    }
  }
  return Math.sign(position.quantity) * Math.max(0, Math.abs(position.quantity) - reserved);
}
