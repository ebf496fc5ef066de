import { lastTradingDay } from '@trading-agent/calendar';
import { isTradingError } from '@trading-agent/core';
import {
  type OptionContract,
  type Order,
  type Ticker,
  assertValidOrder,
  opens,
  sharesOf,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { uncoveredShorts } from '@trading-agent/portfolio';
import type { Floor } from './floor.ts';
import type { Contracts } from './margin.ts';
import { type Rejection, UNCOVERED, forbidden, unprocessable } from './rejection.ts';

/** Everything that is wrong with an order whatever the account holds. */
export function checkTerms(order: Order, floor: Pick<Floor, 'contracts' | 'session' | 'spot'>): Rejection | null {
  const { contracts, session } = floor;
  const { date } = session;
  try {
    assertValidOrder(order);
  } catch (error) {
    if (isTradingError(error, 'ORDER_INVALID')) return unprocessable(error.message);
    throw error;
  }
  const shares = sharesOf(order);
  if (order.limit !== null && !onTick(order.limit, shares !== null)) {
    return unprocessable(
      `invalid limit_price ${order.limit}. sub-penny increment does not fulfill minimum pricing criteria`,
    );
  }
  if (shares !== null) return floor.spot(shares) === null ? unprocessable(`asset "${shares}" not found`) : null;
  const listed: OptionContract[] = [];
  for (const { symbol } of order.legs) {
    const contract = contracts.get(symbol);
    if (contract === undefined) return unprocessable(`asset "${symbol}" not found`);
    if (contract.adjusted || date > lastTradingDay(contract.expiry, contract.settles)) {
      return unprocessable(`asset "${symbol}" is not tradable`);
    }
    if (contract.underlying !== order.underlying) {
      return unprocessable(
        `all legs must have the same underlying ${order.underlying}, ${symbol} has ${contract.underlying}`,
      );
    }
    listed.push(contract);
  }
  if (new Set(listed.map((contract) => contract.multiplier)).size > 1) {
    return unprocessable('all legs must have the same multiplier');
  }
  return null;
}

/** At most two decimals, of shares below a dollar four; the sign of a net price does not matter. */
function onTick(limit: number, isShares: boolean): boolean {
  const scaled = Math.abs(limit) * (isShares && Math.abs(limit) < 1 ? 10_000 : 100);
  return Math.abs(scaled - Math.round(scaled)) < 1e-6;
}

/**
 * Whether the legs fit what is held: opening goes with the position's direction, closing needs as much as it closes, and in a package every
 * short that is opened is covered by a long that the same package opens.
 * @param held Signed contracts or shares of a symbol.
 * @param reserved Contracts or shares that live orders will close, per symbol.
 */
export function checkIntents(
  order: Order,
  contracts: Contracts,
  held: (symbol: Ticker) => number,
  reserved: ReadonlyMap<Ticker, number>,
): Rejection | null {
  for (const leg of order.legs) {
    const direction = sign(sideOf(leg.intent));
    const position = held(leg.symbol);
    if (opens(leg.intent)) {
      if (position * direction < 0) {
        const inferred = direction > 0 ? 'buy_to_close' : 'sell_to_close';
        return unprocessable(`position intent mismatch, inferred: ${inferred}, specified: ${leg.intent}`);
      }
      continue;
    }
    const requested = leg.ratio * order.quantity;
    const available = Math.max(0, -position * direction - (reserved.get(leg.symbol) ?? 0));
    if (requested > available) {
      return forbidden(`insufficient qty available for order (requested: ${requested}, available: ${available})`);
    }
  }
  if (order.legs.length > 1) {
    const opened = order.legs.flatMap((leg) => {
      const contract = contracts.get(leg.symbol);
      if (contract === undefined || !opens(leg.intent)) return [];
      return [{ contract, signedRatio: sign(sideOf(leg.intent)) * leg.ratio }];
    });
    if (uncoveredShorts(opened).length > 0) return forbidden(UNCOVERED);
  }
  return null;
}
