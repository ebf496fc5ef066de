import { nanosText } from '@trading-agent/core';
import { type Backfill, type NumberedTrade, type ReferenceData, marketDateOf } from '@trading-agent/market-data';

/** Pages of trades that one symbol's hole may cost. */
const MOST_PAGES = 5;

/** Fills the holes of the streams by the vendor's REST interface; what the reference client throws says why it can't. */
export function restBackfill(reference: Pick<ReferenceData, 'bars' | 'trades'>): Backfill {
  return {
    async minuteBars(symbol, from, to) {
      const days = { from: marketDateOf(from), to: marketDateOf(to) };
      const bars = await reference.bars({ symbol, timespan: 'minute', ...days });
      return bars
        .filter(({ end }) => end > from && end <= to)
        .map(({ start, end, open, high, low, close, volume }) => ({
          symbol,
          start,
          end,
          open,
          high,
          low,
          close,
          volume,
        }));
    },

    async trades(symbol, from, to) {
      // `to` is exclusive there; the stream's times are whole milliseconds, the tape's are not.
      const during = { from: BigInt(nanosText(from)), to: BigInt(nanosText(to)) + 1_000_000n };
      const trades: NumberedTrade[] = [];
      let pages = 0;
      for await (const page of reference.trades({ symbol, during, order: 'asc' })) {
        pages += 1;
        if (pages > MOST_PAGES) throw new Error(`more than ${MOST_PAGES} pages of trades`);
        for (const { at, price, size, sequence } of page)
          trades.push({ symbol, at, price, size, sequence: sequence ?? -1 });
      }
      return trades;
    },
  };
}
