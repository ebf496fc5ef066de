import { nyDate } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import { type Bar, type OptionSymbol, formatOptionSymbol, parseOptionSymbol } from '@trading-agent/instruments';
import type { Dividend, Split } from '../reference/corporate-actions.ts';

/** New shares per share of `date`, by the splits that had happened by `asOf`: later ones are not known yet. */
export function splitFactor(splits: readonly Split[], symbol: string, date: MarketDate, asOf: MarketDate): number {
  return splits
    .filter((split) => split.symbol === symbol && split.date > date && split.date <= asOf)
    .reduce((factor, { from, to }) => (factor * to) / from, 1);
}

/** Bars in the shares of `asOf`: prices divided, volumes multiplied by the splits between. */
export function adjustedForSplits(bars: readonly Bar[], splits: readonly Split[], asOf: MarketDate): readonly Bar[] {
  return bars.map((bar) => {
    const factor = splitFactor(splits, bar.symbol, nyDate(bar.start), asOf);
    if (factor === 1) return bar;
    const { open, high, low, close, volume } = bar;
    return {
      ...bar,
      open: open / factor,
      high: high / factor,
      low: low / factor,
      close: close / factor,
      volume: volume * factor,
    };
  });
}

/**
 * The contract that a holder of `quantity` on `date` has on `asOf`. A whole-number split divides the strike (rounded to cents, as all 2,180
 * recorded AAPL contracts show on 2014-06-09) and multiplies the contracts; another one changes the deliverable and gives `null`.
 */
export function contractAfterSplits(
  symbol: OptionSymbol,
  quantity: number,
  splits: readonly Split[],
  date: MarketDate,
  asOf: MarketDate,
): { readonly symbol: OptionSymbol; readonly quantity: number } | null {
  const parts = parseOptionSymbol(symbol);
  const factor = splitFactor(splits, parts.root, date, asOf);
  if (!Number.isInteger(factor)) return null;
  const strike = Math.round((parts.strike / factor) * 100) / 100;
  return factor === 1
    ? { symbol, quantity }
    : { symbol: formatOptionSymbol({ ...parts, strike }), quantity: quantity * factor };
}

/** Dividends of a symbol that go ex in `(after, until]`, as they were paid. */
export function dividendsBetween(
  dividends: readonly Dividend[],
  symbol: string,
  after: MarketDate,
  until: MarketDate,
): readonly Dividend[] {
  return dividends.filter((one) => one.symbol === symbol && one.exDate > after && one.exDate <= until);
}
