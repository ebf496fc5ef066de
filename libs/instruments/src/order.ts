import { type Micros, TradingError } from '@trading-agent/core';
import { rootInfo } from './option-roots.ts';
import type { Ticker } from './market.ts';
import { isOptionSymbol, type OptionSymbol, parseOptionSymbol } from './option-symbol.ts';

export type Side = 'buy' | 'sell';
export type PositionIntent = 'buy_to_open' | 'buy_to_close' | 'sell_to_open' | 'sell_to_close';

export interface OrderLeg {
  /** An option or, in an order on shares, their ticker. */
  readonly symbol: Ticker;
  /** Contracts of this leg per unit of the order; the legs' ratios have no common divisor but 1. */
  readonly ratio: number;
  readonly intent: PositionIntent;
}

export interface OptionLeg extends OrderLeg {
  readonly symbol: OptionSymbol;
}

/**
 * A single- or multi-leg option order, or one that closes shares (one leg, the ticker; a unit is a share). `limit` is the net price per unit and
 * per share: positive = at most this is paid (debit), negative = at least this is received (credit). A single leg that is sold therefore has a
 * negative limit.
 */
export interface Order {
  /** Unique per account, derived from the decision: the same decision never makes two orders. At most 128 characters. */
  readonly clientOrderId: string;
  readonly underlying: string;
  /** One to four legs, all on `underlying`. */
  readonly legs: readonly OrderLeg[];
  /** Units, a positive whole number. */
  readonly quantity: number;
  readonly type: 'limit' | 'market';
  /** Signed net price (see above); `null` for market orders. */
  readonly limit: number | null;
  readonly timeInForce: 'day';
}

/** Terminal: `filled`, `canceled`, `expired`, `rejected`. Anything else counts as live. */
export type OrderStatus = 'new' | 'partially_filled' | 'filled' | 'canceled' | 'expired' | 'rejected';

export function isTerminal(status: OrderStatus): boolean {
  return status === 'filled' || status === 'canceled' || status === 'expired' || status === 'rejected';
}

export function sideOf(intent: PositionIntent): Side {
  return intent === 'buy_to_open' || intent === 'buy_to_close' ? 'buy' : 'sell';
}

export function opens(intent: PositionIntent): boolean {
  return intent === 'buy_to_open' || intent === 'sell_to_open';
}

/** +1 for legs that are bought, -1 for legs that are sold. */
export function sign(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}

/** Signed net price per unit and share of leg prices given in leg order: debit positive, credit negative. */
export function netPrice(legs: readonly OrderLeg[], prices: readonly number[]): number {
  let net = 0;
  for (const [index, leg] of legs.entries())
    net += sign(sideOf(leg.intent)) * leg.ratio * (prices[index] ?? Number.NaN);
  // Prices are multiples of 0.0001 at the finest; the sum of doubles is brought back onto that grid.
  return Math.round(net * 10_000) / 10_000 + 0;
}

/** The ticker whose shares the order closes, `null` for an order on options. */
export function sharesOf({ legs }: Pick<Order, 'legs'>): Ticker | null {
  const [first] = legs;
  return first === undefined || isOptionSymbol(first.symbol) ? null : first.symbol;
}

/**
 * Checks what holds for every order, whoever made it.
 * @throws {TradingError} `ORDER_INVALID` naming the first rule that is broken.
 */
export function assertValidOrder(order: Order): void {
  const fail = (why: string): never => {
    throw new TradingError('ORDER_INVALID', `Order ${order.clientOrderId}: ${why}`, {
      details: { clientOrderId: order.clientOrderId },
    });
  };
  if (order.clientOrderId.length === 0 || order.clientOrderId.length > 128)
    fail('client order id must have 1 to 128 characters');
  if (!Number.isSafeInteger(order.quantity) || order.quantity < 1)
    fail(`quantity must be a positive whole number, was ${order.quantity}`);
  if (order.legs.length < 1 || order.legs.length > 4) fail(`must have 1 to 4 legs, has ${order.legs.length}`);
  if (new Set(order.legs.map((leg) => leg.symbol)).size !== order.legs.length) fail('names one contract twice');
  const [first, ...others] = order.legs;
  if (first !== undefined && !isOptionSymbol(first.symbol)) {
    if (first.symbol !== order.underlying) fail(`is on ${order.underlying} and names the shares of ${first.symbol}`);
    if (opens(first.intent)) fail('shares are only closed by order, never opened');
    if (others.length > 0) fail('shares are not part of a package');
    if (first.ratio !== 1) fail(`a unit of shares is one share, was ${first.ratio}`);
  }
  // Vendors spell an underlying in their own way (BRK.B), so that legs are compared with each other, not with `order.underlying`.
  const underlyings = new Set(order.legs.map((leg) => underlyingOf(leg.symbol)));
  if (underlyings.size > 1) fail(`has legs on different underlyings: ${[...underlyings].join(', ')}`);
  for (const leg of order.legs) {
    if (!Number.isSafeInteger(leg.ratio) || leg.ratio < 1)
      fail(`leg ratio must be a positive whole number, was ${leg.ratio}`);
  }
  if (order.legs.map((leg) => leg.ratio).reduce(greatestCommonDivisor) !== 1) fail('leg ratios have a common divisor');
  if (order.type === 'limit' ? order.limit === null || !Number.isFinite(order.limit) : order.limit !== null) {
    fail(`a ${order.type} order with limit ${order.limit}`);
  }
  const only = order.legs.length === 1 ? order.legs[0] : undefined;
  if (only && order.limit !== null && order.limit * sign(sideOf(only.intent)) <= 0)
    fail(`a single-leg limit must be positive for a buy and negative for a sell, was ${order.limit}`);
}

function underlyingOf(symbol: Ticker): string {
  return isOptionSymbol(symbol) ? rootInfo(parseOptionSymbol(symbol).root).underlying : symbol;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export interface ExecutionLeg {
  /** An option or a ticker, as in the order. */
  readonly symbol: Ticker;
  readonly intent: PositionIntent;
  /** Contracts or shares, positive. */
  readonly quantity: number;
  /** Dollars per share, positive. */
  readonly price: number;
}

/** One fill, whole or partial, of an order; a multi-leg order fills as a package, all legs at once. */
export interface Execution {
  /** Unique per fill; a fill seen twice counts once. */
  readonly executionId: string;
  readonly clientOrderId: string;
  readonly at: Micros;
  /** Units of the order filled by this execution. */
  readonly quantity: number;
  readonly legs: readonly ExecutionLeg[];
}
