import { TradingError, type Usd } from '@trading-agent/core';

/**
 * A change of the books that no execution caused: expiry, exercise, assignment, a dividend, a fee charged later. Counts once.
 */
export interface Adjustment {
  readonly adjustmentId: string;
  /** Paid in (positive) or taken, beside what the moves cost: a dividend, a settlement in cash. Counts as realized profit. */
  readonly cash: Usd;
  readonly moves: readonly PositionMove[];
}

/** Units that come or go at a price: an option that expires goes at 0, shares that are delivered come or go at the strike. */
export interface PositionMove {
  /** Option symbol or stock ticker. */
  readonly symbol: string;
  /** Signed contracts or shares. */
  readonly quantity: number;
  /** Dollars per share, 0 or more. */
  readonly price: number;
  /** 1 for shares. */
  readonly multiplier: number;
}

/** A holding that becomes another without any cash moving: a split of a stock, or a contract adjusted for it. */
export interface Conversion {
  readonly adjustmentId: string;
  readonly from: string;
  readonly to: string;
  /** Units held afterwards, signed; the cost stays what it was. */
  readonly quantity: number;
  readonly multiplier: number;
}

/** @throws {TradingError} `INVALID_VALUE` for a quantity that is not whole or a price that is no price. */
export function assertMove({ symbol, quantity, price }: PositionMove, adjustmentId: string): void {
  if (Number.isSafeInteger(quantity) && quantity !== 0 && Number.isFinite(price) && price >= 0) return;
  throw new TradingError(
    'INVALID_VALUE',
    `Adjustment ${adjustmentId}: expected a whole quantity and a price, was ${quantity} ${symbol} at ${price}`,
    { details: { adjustmentId, symbol } },
  );
}
