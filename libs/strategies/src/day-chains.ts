import { type Micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { OptionChain, type OptionContract } from '@trading-agent/instruments';
import { type MarketDay, QuoteBook } from '@trading-agent/market-data';
import { ChainView, type ComingEvents, NEAR_THE_MONEY } from './chain-view.ts';
import { type KnownCarry, sessionPricer } from './session-pricer.ts';

/** Looking is not ordering: quotes may be this old. */
export const OLDEST_LOOK_MINUTES = 15;
const OLDEST_QUOTE = OLDEST_LOOK_MINUTES * MICROS_PER_MINUTE;
/** Enough for one unit of every strategy that stands on shares. */
const ENOUGH_SHARES = 100;

/** What was known before a day of rates and, by ticker, of what is due. */
export interface DayKnowledge extends Pick<KnownCarry, 'treasury'> {
  readonly events?: Readonly<Record<string, ComingEvents>>;
}

/** The chains of a day as they were known at `at` (without it: at the end of what the day holds); an underlying without a price is left out. */
export function chainViews(
  day: MarketDay,
  at: Micros | undefined = day.steps.at(-1)?.at,
  { treasury = null, events = {} }: DayKnowledge = {},
): ReadonlyMap<string, ChainView> {
  const book = new QuoteBook();
  const spots = new Map<string, number>();
  const views = new Map<string, ChainView>();
  if (at === undefined) return views;
  for (const step of day.steps) {
    if (step.at > at) break;
    for (const quote of step.quotes) book.apply(quote);
    for (const bar of step.bars) spots.set(bar.symbol, bar.close);
  }
  for (const symbol of day.underlyings) {
    const spot = spots.get(symbol);
    if (spot === undefined) continue;
    const chain = new OptionChain(
      symbol,
      day.contracts.filter(({ underlying }) => underlying === symbol),
    );
    views.set(
      symbol,
      new ChainView({
        at,
        date: day.date,
        underlying: symbol,
        spot,
        chain,
        quote: (ticker) => book.quote(ticker),
        maxQuoteAge: OLDEST_QUOTE,
        shares: ENOUGH_SHARES,
        pricer: sessionPricer(day.date, { treasury, dividends: events[symbol]?.dividends ?? null }),
        ...(events[symbol] === undefined ? {} : { events: events[symbol] }),
      }),
    );
  }
  return views;
}

/**
 * Option contracts traded near the money of each underlying up to `at`, as the day's option bars tell it; an underlying of which the day has no
 * option bar is left out: its volume is not known.
 */
export function volumesNearTheMoney(
  day: MarketDay,
  chains: ReadonlyMap<string, ChainView>,
): ReadonlyMap<string, number> {
  const contracts = new Map<string, OptionContract>(day.contracts.map((contract) => [contract.symbol, contract]));
  const volumes = new Map<string, number>();
  for (const step of day.steps) {
    for (const bar of step.bars) {
      const contract = contracts.get(bar.symbol);
      const chain = contract === undefined ? undefined : chains.get(contract.underlying);
      if (contract === undefined || chain === undefined || step.at > chain.at) continue;
      const near = Math.abs(contract.strike / chain.spot - 1) <= NEAR_THE_MONEY;
      volumes.set(contract.underlying, (volumes.get(contract.underlying) ?? 0) + (near ? bar.volume : 0));
    }
  }
  return volumes;
}
