import { addDays, type MarketDate, toTradingError } from '@trading-agent/core';
import { comingDividends, CURVE_DAYS, type KnownFacts, type Liquidity, treasuryCurve } from '@trading-agent/engine';
import type { ReferenceData, Split } from '@trading-agent/market-data';
import type { ComingEvents } from '@trading-agent/strategies';
import type { AgentLog } from '../log.ts';
import { chainLiquidity } from './chain-liquidity.ts';

/** How far ahead a declared dividend matters: no structure is held longer than its options live. */
const DAYS_AHEAD = 60;

/** Tells what is known of rates and of what is due for underlyings when the session of `date` begins. */
export type SessionKnowledge = (
  underlyings: readonly string[],
  date: MarketDate,
  /** Last price of each underlying before the session, dollars per share, where it is known. */
  prices: ReadonlyMap<string, number>,
) => Promise<KnownFacts>;

/**
 * Declared cash dividends, liquidity of the options and the newest Treasury curve by the vendor's reference data. What can't be had is not known: trading goes on without
 * the rules that need it, at the policy rate, and the log says so.
 */
export function vendorKnowledge(
  reference: Pick<ReferenceData, 'chain' | 'dividends' | 'splits' | 'treasuryYields'>,
  log: AgentLog,
): SessionKnowledge {
  return async (underlyings, date, prices) => {
    const events: Record<string, ComingEvents> = {};
    for (const symbol of underlyings) {
      try {
        const ahead = { symbol, from: addDays(date, 1), to: addDays(date, DAYS_AHEAD) };
        const declared = await reference.dividends(ahead);
        const splits = declared.length === 0 ? [] : await comingSplits(reference, ahead, log);
        events[symbol] = { dividends: comingDividends(declared, splits, date), earnings: null };
      } catch (error) {
        const { code } = toTradingError(error);
        log.warn({ symbol, code }, 'Coming dividends are not known: no rule before an ex-dividend date applies');
      }
    }
    const liquidity: Record<string, Liquidity> = {};
    for (const symbol of underlyings) {
      const price = prices.get(symbol);
      if (price === undefined) continue;
      try {
        liquidity[symbol] = await chainLiquidity(reference, symbol, date, price);
      } catch (error) {
        const { code } = toTradingError(error);
        log.warn({ symbol, code }, 'Open interest and volume are not known: they are not held against the symbol');
      }
    }
    try {
      const curves = await reference.treasuryYields(addDays(date, -CURVE_DAYS), addDays(date, -1));
      const newest = curves.toSorted((a, b) => (a.date < b.date ? -1 : 1)).at(-1);
      if (newest !== undefined) return { events, liquidity, treasury: treasuryCurve(newest) };
      log.warn({ date }, 'There is no Treasury curve of the last days: options are priced at the policy rate');
    } catch (error) {
      const { code } = toTradingError(error);
      log.warn({ code }, 'The Treasury curve is not known: options are priced at the policy rate');
    }
    return { events, liquidity };
  };
}

/** Those that are due: what is paid after a split is paid per new share. */
async function comingSplits(
  reference: Pick<ReferenceData, 'splits'>,
  ahead: { readonly symbol: string; readonly from: MarketDate; readonly to: MarketDate },
  log: AgentLog,
): Promise<readonly Split[]> {
  try {
    return await reference.splits(ahead);
  } catch (error) {
    const { code } = toTradingError(error);
    log.warn(
      { symbol: ahead.symbol, code },
      'Coming splits are not known: dividends count as if there were none; their dates stand',
    );
    return [];
  }
}
