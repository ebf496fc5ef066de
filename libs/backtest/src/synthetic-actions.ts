import { addDays, type MarketDate } from '@trading-agent/core';
import type { CorporateAction } from '@trading-agent/exchange';
import { generateCorporateActions } from '@trading-agent/synthetic';

/** The generator knows ex-dates only; a dividend is paid this many days later, as most are within a month. */
const DAYS_TO_PAY = 14;

/**
 * Dividends and splits of the synthetic market, as the exchange carries them out. Mergers of shares are left out: options on them would get another
 * deliverable.
 */
export function syntheticActions(
  symbols: readonly string[],
  seed: number,
  from: MarketDate,
  to: MarketDate,
): readonly CorporateAction[] {
  const { splits, dividends } = generateCorporateActions({ symbols, seed, from, to });
  return [
    ...splits.flatMap(({ symbol, date: exDate, from: before, to: after }): CorporateAction[] =>
      before === 1 && after >= 2 ? [{ kind: 'split', ticker: symbol, exDate, ratio: after }] : [],
    ),
    ...dividends.map(({ symbol, exDate, amount }): CorporateAction => {
      return { kind: 'dividend', ticker: symbol, exDate, payDate: addDays(exDate, DAYS_TO_PAY), amount };
    }),
  ];
}
