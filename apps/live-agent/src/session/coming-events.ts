import { addDays, type MarketDate, toTradingError } from '@trading-agent/core';
import type { ReferenceData } from '@trading-agent/market-data';
import type { ComingEvents } from '@trading-agent/strategies';
import type { AgentLog } from '../log.ts';

/** How far ahead a declared dividend matters: no structure is held longer than its options live. */
const DAYS_AHEAD = 60;

/** Tells what is due for underlyings from `date` on. */
export type EventCalendar = (
  underlyings: readonly string[],
  date: MarketDate,
) => Promise<Readonly<Record<string, ComingEvents>>>;

/**
 * Declared cash dividends by the vendor's reference data. What can't be had is not known: trading goes on without the rules that need it,
 * and the log says so.
 */
export function declaredDividends(reference: Pick<ReferenceData, 'dividends'>, log: AgentLog): EventCalendar {
  return async (underlyings, date) => {
    const events: Record<string, ComingEvents> = {};
    for (const symbol of underlyings) {
      try {
        const declared = await reference.dividends({ symbol, from: addDays(date, 1), to: addDays(date, DAYS_AHEAD) });
        const exDate = declared.map((dividend) => dividend.exDate).sort()[0];
        if (exDate === undefined) continue;
        const due = declared.filter((dividend) => dividend.exDate === exDate && (dividend.currency ?? 'USD') === 'USD');
        const cash = due.reduce((sum, { amount }) => sum + amount, 0);
        if (cash > 0) events[symbol] = { dividend: { exDate, cash }, earnings: null };
      } catch (error) {
        const { code } = toTradingError(error);
        log.warn({ symbol, code }, 'Coming dividends are not known: no rule before an ex-dividend date applies');
      }
    }
    return events;
  };
}
