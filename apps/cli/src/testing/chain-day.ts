import { type MarketDate, type Micros } from '@trading-agent/core';
import { compareContracts, type OptionContract } from '@trading-agent/instruments';
import type { MarketDay } from '@trading-agent/market-data';

/** A contract and its quote; a side that is not quoted is `null`. */
export interface ChainQuote {
  readonly contract: OptionContract;
  readonly bid: number | null;
  readonly ask: number | null;
}

/** A market day of one moment: a price of the underlying and quotes of its options. */
export function chainDay(
  symbol: string,
  { date, at, spot }: { readonly date: MarketDate; readonly at: Micros; readonly spot: number },
  quotes: readonly ChainQuote[],
): MarketDay {
  const bar = { symbol, start: at, end: at, open: spot, high: spot, low: spot, close: spot, volume: 1 };
  return {
    date,
    underlyings: [symbol],
    contracts: quotes.map(({ contract }) => contract).sort(compareContracts),
    steps: [
      {
        at,
        quotes: quotes.map(({ contract, bid, ask }) => ({
          symbol: contract.symbol,
          at,
          bid,
          bidSize: 10,
          ask,
          askSize: 10,
        })),
        bars: [bar],
        trades: [],
      },
    ],
    history: [],
    quarantined: [],
    quarantinedTotal: 0,
  };
}
