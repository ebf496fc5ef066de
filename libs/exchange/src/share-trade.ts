import { deriveUuid } from '@trading-agent/core';
import type { AccountLedger } from './account-ledger.ts';
import type { Floor } from './floor.ts';
import { requirementOf } from './margin.ts';
import { type Rejection, UNCOVERED, forbidden, unprocessable } from './rejection.ts';

/** Half of the spread assumed where a stock has a price but no quotes, as a share of the price. */
const HALF_SPREAD = 0.0005;

export interface ShareTrade {
  readonly accepted: true;
  readonly tradeId: string;
  /** Signed shares. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly price: number;
}

export interface ShareTradeRequest {
  readonly accountNumber: string;
  readonly ticker: string;
  /** Shares to be closed, positive. */
  readonly quantity: number;
  /** How many such requests the account has made before: the same request at the same time is another trade. */
  readonly count: number;
}

/**
 * Closes shares that an exercise or an assignment brought, at once and whole: at the far side of the quote, else at the last price and half a
 * spread. Shares are not traded here for any other reason. No fees are charged on them.
 */
export function closeShares(request: ShareTradeRequest, ledger: AccountLedger, floor: Floor): ShareTrade | Rejection {
  const { accountNumber, ticker, quantity, count } = request;
  const held = ledger.holdings.shares.get(ticker) ?? 0;
  if (!Number.isSafeInteger(quantity) || quantity < 1) return unprocessable('qty must be a positive whole number');
  if (quantity > Math.abs(held))
    return forbidden(`insufficient qty available for order (requested: ${quantity}, available: ${Math.abs(held)})`);
  if (!floor.trades(ticker)) return unprocessable('the market is closed or the stock is halted');
  const signed = held > 0 ? -quantity : quantity;
  const price = priceOf(ticker, signed, floor);
  if (price === null) return forbidden('no available quote for a market order');
  const shares = new Map(ledger.holdings.shares);
  shares.set(ticker, held + signed);
  const after = requirementOf({ options: ledger.holdings.options, shares }, floor);
  if (after === null && ledger.collateral !== null) return forbidden(UNCOVERED);
  const tradeId = deriveUuid(accountNumber, floor.now, ticker, 'shares', count);
  ledger.record(
    {
      eventId: tradeId,
      kind: 'share-trade',
      rows: [{ kind: 'share-trade', move: { symbol: ticker, quantity: signed, price, multiplier: 1 } }],
      description: `${signed < 0 ? 'Sold' : 'Bought back'} ${quantity} ${ticker}`,
    },
    floor.session.date,
  );
  return { accepted: true, tradeId, quantity: signed, price };
}

function priceOf(ticker: string, signed: number, floor: Floor): number | null {
  const touch = floor.book.touch(ticker, signed > 0 ? 'buy' : 'sell');
  if (touch !== null) return touch;
  const spot = floor.spot(ticker);
  if (spot === null) return null;
  const cents = spot * 100 * (1 + Math.sign(signed) * HALF_SPREAD);
  return (signed > 0 ? Math.ceil(cents - 1e-6) : Math.floor(cents + 1e-6)) / 100;
}
