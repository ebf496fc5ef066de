import { type MarketDate, TradingError } from '@trading-agent/core';
import type { CorporateActions } from '@trading-agent/market-data';
import { type MarketIdentity, SyntheticMarket } from './synthetic-market.ts';
import { VOLATILITY_INDEX } from './underlyings.ts';

export interface CorporateActionsRequest extends MarketIdentity {
  readonly symbols: readonly string[];
  /** Market dates, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
}

/**
 * Splits and cash dividends of a synthetic market, sorted by symbol and day. Dividends are dollars per share of the ex-date.
 * @throws {TradingError} `UNKNOWN_SYMBOL`, `OUT_OF_RANGE`.
 */
export function generateCorporateActions(request: CorporateActionsRequest): CorporateActions {
  const { from, to } = request;
  if (to < from) throw new TradingError('OUT_OF_RANGE', `The range from ${from} to ${to} ends before it begins`);
  return corporateActions(new SyntheticMarket(request, to), request.symbols, from);
}

/** The same of a market that is there. */
export function corporateActions(
  market: SyntheticMarket,
  symbols: readonly string[],
  from: MarketDate,
): CorporateActions {
  const names = [...new Set(symbols)].filter((symbol) => symbol !== VOLATILITY_INDEX).sort();
  const days = names.flatMap((symbol) =>
    market
      .underlying(symbol)
      .days.filter(({ date }) => date >= from)
      .map((day) => ({ symbol, day })),
  );
  return {
    splits: days.flatMap(({ symbol, day: { date, split } }) => {
      if (split === 1) return [];
      // Shares are merged four into one, or divided by a whole number.
      const [old, fresh] = split < 1 ? [Math.round(1 / split), 1] : [1, split];
      return [{ id: null, symbol, date, from: old, to: fresh }];
    }),
    dividends: days.flatMap(({ symbol, day: { date, dividend } }) =>
      dividend === 0
        ? []
        : [
            {
              id: null,
              symbol,
              amount: dividend,
              currency: 'USD',
              kind: 'regular' as const,
              exDate: date,
              declared: null,
              recorded: null,
              paid: null,
              frequency: 4,
            },
          ],
    ),
    quarantined: 0,
  };
}
