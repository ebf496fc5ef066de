import { nextSession } from '@trading-agent/calendar';
import { syntheticActions } from '@trading-agent/backtest';
import type { MarketDate } from '@trading-agent/core';
import type { CorporateAction } from '@trading-agent/exchange';
import type { MarketSimOptions } from '../options.ts';

/**
 * Dividends and splits of the days after the first: those that were handed over, else what the synthetic market has. A recorded market has none
 * unless they are handed over.
 */
export function corporateActionsOf(options: MarketSimOptions): readonly CorporateAction[] {
  const { corporateActions, market, date, days = 1, symbols, seed } = options;
  if (corporateActions !== undefined) return corporateActions;
  if (market !== 'synthetic' || options.day !== undefined || days === 1) return [];
  return syntheticActions(symbols, seed, date, lastSession(date, days));
}

function lastSession(first: MarketDate, days: number): MarketDate {
  let date = first;
  for (let passed = 1; passed < days; passed += 1) date = nextSession(date);
  return date;
}
