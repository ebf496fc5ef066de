import { isTradingError, deriveUuid } from '@trading-agent/core';
import {
  type OptionSymbol,
  type Order,
  type OrderLeg,
  type PositionIntent,
  type Side,
  type Ticker,
  optionSymbol,
  sideOf,
} from '@trading-agent/instruments';
import { z } from 'zod';
import type { Simulation } from '../market/simulation.ts';
import { badParameter, unprocessable } from './replies.ts';

/** Requests may carry numbers as numbers or as decimal strings. */
export const amount = z
  .union([z.number(), z.string().regex(/^-?\d{1,12}(\.\d{1,9})?$/)])
  .transform(Number)
  .refine(Number.isFinite);
const side = z.enum(['buy', 'sell']);
const intent = z.enum(['buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close']);

const schema = z.object({
  order_class: z.enum(['', 'simple', 'mleg']).nullish(),
  symbol: z.string().nullish(),
  side: side.nullish(),
  position_intent: intent.nullish(),
  qty: amount.nullish(),
  notional: amount.nullish(),
  type: z.string(),
  limit_price: amount.nullish(),
  stop_price: amount.nullish(),
  time_in_force: z.string(),
  extended_hours: z.boolean().nullish(),
  client_order_id: z.string().max(128).nullish(),
  legs: z
    .array(z.object({ symbol: z.string(), ratio_qty: amount, side: side.nullish(), position_intent: intent.nullish() }))
    .nullish(),
});
type OrderRequest = z.infer<typeof schema>;

/**
 * The order that the body of `POST /v2/orders` asks for. What the exchange checks itself (ticks, ratios, cover, buying power) is left to it.
 * @throws {BrokerRefusal} for anything that this broker does not take.
 */
export function orderFromRequest(body: unknown, simulation: Simulation): Order {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badParameter(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'malformed'}`);
  }
  const request = parsed.data;
  refuseUnsupported(request);
  const type = request.type === 'market' ? 'market' : 'limit';
  if (type === 'limit' && request.limit_price == null) throw unprocessable('limit orders require a limit price');
  if (type === 'market' && request.limit_price != null) throw unprocessable('market orders require no limit price');
  const legs = request.order_class === 'mleg' ? packageLegs(request, simulation) : [singleLeg(request, simulation)];
  return {
    clientOrderId: request.client_order_id || generatedClientOrderId(simulation),
    underlying: underlyingOf(legs, simulation),
    legs,
    quantity: request.qty ?? 0,
    type,
    limit: type === 'market' ? null : signedLimit(request, legs),
    timeInForce: 'day',
  };
}

function refuseUnsupported(request: OrderRequest): void {
  if (request.time_in_force !== 'day')
    throw unprocessable('order_time_in_force provided not supported for options trading');
  if (request.type !== 'market' && request.type !== 'limit')
    throw unprocessable(`invalid order type for options trading: ${request.type}`);
  if (request.stop_price != null) throw unprocessable('stop price is not allowed for market and limit orders');
  if (request.notional != null) throw unprocessable('notional is not supported for options trading');
  if (request.extended_hours === true) throw unprocessable('extended hours is not supported for options trading');
  if (request.qty == null || !Number.isInteger(request.qty) || request.qty < 1)
    throw unprocessable('qty must be a positive whole number');
}

function singleLeg(request: OrderRequest, simulation: Simulation): OrderLeg {
  if (request.legs != null && request.legs.length > 0) throw unprocessable('legs are only allowed for mleg orders');
  if (!request.symbol) throw unprocessable('symbol is required');
  if (request.side == null) throw unprocessable('side is required');
  // Shares are only closed here; which of them are known, the exchange says.
  const symbol = isTicker(request.symbol) ? request.symbol : listed(request.symbol, simulation);
  return { symbol, ratio: 1, intent: intentOf(request.side, request.position_intent, symbol, simulation) };
}

function packageLegs(request: OrderRequest, simulation: Simulation): OrderLeg[] {
  const legs = request.legs ?? [];
  if (request.symbol || request.side) throw unprocessable('symbol and side are not allowed for mleg orders');
  if (legs.length < 2 || legs.length > 4) throw unprocessable('mleg orders require 2 to 4 legs');
  return legs.map((leg) => {
    const symbol = listed(leg.symbol, simulation);
    const legSide = leg.side ?? (leg.position_intent ? sideOf(leg.position_intent) : undefined);
    if (legSide === undefined) throw unprocessable('each leg requires a side or a position_intent');
    return {
      symbol,
      ratio: leg.ratio_qty,
      intent: intentOf(legSide, leg.position_intent, symbol, simulation),
    };
  });
}

/** What was said or, when nothing was, what follows from what is held. */
function intentOf(
  legSide: Side,
  said: PositionIntent | null | undefined,
  symbol: Ticker,
  simulation: Simulation,
): PositionIntent {
  if (said) {
    if (sideOf(said) !== legSide) throw unprocessable(`position_intent ${said} does not match side ${legSide}`);
    return said;
  }
  const held = simulation.positions.find((position) => position.symbol === symbol)?.quantity ?? 0;
  if (legSide === 'buy') return held < 0 ? 'buy_to_close' : 'buy_to_open';
  return held > 0 ? 'sell_to_close' : 'sell_to_open';
}

/** `BRK.B` and the like; what has digits is an option or nothing. */
function isTicker(text: string): boolean {
  return /^[A-Z]{1,5}(\.[A-Z]{1,2})?$/.test(text);
}

function listed(text: string, simulation: Simulation): OptionSymbol {
  try {
    const symbol = optionSymbol(text);
    if (!text.startsWith('O:') && simulation.contract(symbol) !== undefined) return symbol;
  } catch (error) {
    if (!isTradingError(error, 'INVALID_SYMBOL')) throw error;
  }
  throw unprocessable(`asset "${text}" not found`);
}

function underlyingOf(legs: readonly OrderLeg[], simulation: Simulation): string {
  const [first] = legs;
  if (first === undefined) return '';
  return isTicker(first.symbol) ? first.symbol : (simulation.contract(first.symbol)?.underlying ?? '');
}

/** A package's limit is signed on the wire; a single leg's is a plain price, which inside the project is a credit when it is a sale. */
function signedLimit(request: OrderRequest, legs: readonly OrderLeg[]): number {
  const price = request.limit_price ?? 0;
  const [only, ...others] = legs;
  if (!only || others.length > 0) return price;
  if (price <= 0) throw unprocessable('limit price must be greater than 0');
  return sideOf(only.intent) === 'buy' ? price : -price;
}

/** The broker names an order whose sender did not; a function of what came before, so that a rebuilt market names it alike. */
function generatedClientOrderId(simulation: Simulation): string {
  return deriveUuid(simulation.accountNumber, 'unnamed', simulation.requestCount);
}
