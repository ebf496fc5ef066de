import { nextSession } from '@trading-agent/calendar';
import { type MarketDate, addDays } from '@trading-agent/core';
import type { CorporateAction } from '@trading-agent/exchange';
import { generateCorporateActions } from '@trading-agent/synthetic';
import type { MarketSimOptions } from '../options.ts';

/** The generator knows ex-dates only; a dividend is paid this many days later, as most are within a month. */
const DAYS_TO_PAY = 14;

/**
 * Dividends and splits of the days after the first: those that were handed over, else what the synthetic market has. Mergers of shares are left
 * out: options on them would get another deliverable. A recorded market has none unless they are handed over.
 */
export function corporateActionsOf(options: MarketSimOptions): readonly CorporateAction[] {
  const { corporateActions, market, date, days = 1, symbols, seed } = options;
  if (corporateActions !== undefined) return corporateActions;
  if (market !== 'synthetic' || options.day !== undefined || days === 1) return [];
  const { splits, dividends } = generateCorporateActions({ symbols, seed, from: date, to: lastSession(date, days) });
  return [
    ...splits.flatMap(({ symbol, date: exDate, from, to }): CorporateAction[] =>
      from === 1 && to >= 2 ? [{ kind: 'split', ticker: symbol, exDate, ratio: to }] : [],
    ),
    ...dividends.map(({ symbol, exDate, amount }): CorporateAction => {
      return { kind: 'dividend', ticker: symbol, exDate, payDate: addDays(exDate, DAYS_TO_PAY), amount };
    }),
  ];
}

function lastSession(first: MarketDate, days: number): MarketDate {
  let date = first;
  for (let passed = 1; passed < days; passed += 1) date = nextSession(date);
  return date;
}
