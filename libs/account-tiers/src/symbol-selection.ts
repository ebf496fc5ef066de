import type { RiskTolerance, SelectionSettings, TierTable } from '@trading-agent/config';
import type { MarketDate } from '@trading-agent/core';
import { smallestBalanceFor } from './tier.ts';

/** What is known of one symbol today; `null` is not known. Money in dollars. */
export interface SymbolFacts {
  readonly symbol: string;
  /** Median of (ask - bid) / mid of the options near the money. */
  readonly spread: number | null;
  /** Contracts open, and traded in the last session or today so far, near the money. */
  readonly openInterest: number | null;
  readonly volume: number | null;
  /** Worst loss of the cheapest single unit of any structure, or of one that is cheap enough. */
  readonly oneLot: number | null;
  /** Calendar days until the next of each; `null` when none is known. */
  readonly earningsInDays: number | null;
  readonly exDividendInDays: number | null;
}

/** What the account brings to the choice. */
export interface SelectionBudget {
  /** Dollars that one trade may lose. */
  readonly riskPerTrade: number;
  readonly apiBudget: { readonly perMinute: number; readonly perDay: number };
}

/** One measured number against its limit. */
export interface SelectionReason {
  readonly rule: 'spread' | 'open-interest' | 'volume' | 'one-lot' | 'earnings' | 'data-budget' | 'unquoted';
  readonly actual: number | null;
  readonly limit: number;
  readonly text: string;
}

export interface SymbolChoice {
  readonly symbol: string;
  readonly selected: boolean;
  /** 1 is the most liquid; only of those that pass every rule of their own. */
  readonly rank: number | null;
  /** Why not, or what speaks for it. */
  readonly reasons: readonly SelectionReason[];
  /** No call is sold: an ex-dividend date is near. */
  readonly noSoldCalls: boolean;
}

/**
 * The symbols worth trading today out of a tier's list, in the order given. A symbol is left out by its own numbers first (not quoted, too
 * wide, too thin, its cheapest unit beyond the risk of a trade, earnings near); those that are left share the data budget, the tightest
 * spreads first. What is not known is not held against a symbol, except its quotes: without them nothing can be traded.
 */
export function selectSymbols(
  facts: readonly SymbolFacts[],
  settings: SelectionSettings,
  budget: SelectionBudget,
): readonly SymbolChoice[] {
  const own = facts.map((one) => ({ facts: one, against: against(one, settings, budget) }));
  const ranked = own
    .filter((one) => one.against.length === 0)
    .toSorted((a, b) => (a.facts.spread ?? 0) - (b.facts.spread ?? 0) || (a.facts.symbol < b.facts.symbol ? -1 : 1))
    .map(({ facts: { symbol } }) => symbol);
  const slots = slotsOf(settings, budget);
  return own.map(({ facts: one, against: reasons }) => {
    const place = ranked.indexOf(one.symbol);
    const rank = place < 0 ? null : place + 1;
    const beyond = rank !== null && rank > slots;
    return {
      symbol: one.symbol,
      selected: rank !== null && !beyond,
      rank,
      reasons: beyond ? [dataBudget(rank, slots, budget)] : reasons,
      noSoldCalls: sellsNoCalls(one.exDividendInDays, settings),
    };
  });
}

/** Whether an ex-dividend date is so near that no call is sold before it. */
export function sellsNoCalls(exDividendInDays: number | null, { exDividendDays }: SelectionSettings): boolean {
  return exDividendInDays !== null && exDividendInDays <= exDividendDays;
}

/** The smallest balance at which the reason would not stand against the symbol; `null` when it has nothing to do with the balance. */
export function smallestBalanceOf(
  { rule, actual }: SelectionReason,
  settings: SelectionSettings,
  table: TierTable,
  tolerance: RiskTolerance,
): number | null {
  if (actual === null) return null;
  if (rule === 'one-lot') return smallestBalanceFor(actual, 'riskPerTrade', table, tolerance);
  if (rule !== 'data-budget') return null;
  return table.table.find((tier) => slotsOf(settings, tier) >= actual)?.fromBalance ?? null;
}

/** The first of the days on which a company reports that is not past on `date`; `null` when none is known. */
export function nextEarnings(reports: readonly MarketDate[] | undefined, date: MarketDate): MarketDate | null {
  return reports?.filter((day) => day >= date).sort()[0] ?? null;
}

/** How many symbols the data budget of a tier can follow. */
export function slotsOf(settings: SelectionSettings, { apiBudget }: Pick<SelectionBudget, 'apiBudget'>): number {
  const { requestsPerMinute, requestsPerDay } = settings;
  const byMinute = requestsPerMinute > 0 ? apiBudget.perMinute / requestsPerMinute : Number.MAX_SAFE_INTEGER;
  const byDay = requestsPerDay > 0 ? apiBudget.perDay / requestsPerDay : Number.MAX_SAFE_INTEGER;
  return Math.floor(Math.min(byMinute, byDay));
}

function against(facts: SymbolFacts, settings: SelectionSettings, budget: SelectionBudget): SelectionReason[] {
  const { spread, openInterest, volume, oneLot, earningsInDays } = facts;
  const found: SelectionReason[] = [];
  const refuse = (rule: SelectionReason['rule'], actual: number | null, limit: number, text: string): void => {
    found.push({ rule, actual, limit, text });
  };
  if (spread === null) refuse('unquoted', null, settings.maxSpread, 'No option near the money is quoted on both sides');
  else if (!(spread <= settings.maxSpread))
    refuse(
      'spread',
      spread,
      settings.maxSpread,
      `Spreads of ${percent(spread)} of the midpoint are wider than ${percent(settings.maxSpread)}`,
    );
  if (openInterest !== null && openInterest < settings.minOpenInterest)
    refuse(
      'open-interest',
      openInterest,
      settings.minOpenInterest,
      `${openInterest} open contracts near the money, at least ${settings.minOpenInterest} are wanted`,
    );
  if (volume !== null && volume < settings.minVolume)
    refuse(
      'volume',
      volume,
      settings.minVolume,
      `${volume} contracts traded, at least ${settings.minVolume} are wanted`,
    );
  if (oneLot !== null && oneLot > budget.riskPerTrade)
    refuse(
      'one-lot',
      oneLot,
      budget.riskPerTrade,
      `The cheapest unit can lose $${oneLot.toFixed(2)}, one trade may lose $${budget.riskPerTrade.toFixed(2)}`,
    );
  if (earningsInDays !== null && earningsInDays >= 0 && earningsInDays <= settings.earningsDays)
    refuse(
      'earnings',
      earningsInDays,
      settings.earningsDays,
      `Earnings in ${earningsInDays} days, no new trade within ${settings.earningsDays}`,
    );
  return found;
}

function dataBudget(rank: number, slots: number, { apiBudget }: SelectionBudget): SelectionReason {
  return {
    rule: 'data-budget',
    actual: rank,
    limit: slots,
    text: `Number ${rank} by liquidity, the data budget of ${apiBudget.perMinute} requests a minute and ${apiBudget.perDay} a day follows ${slots}`,
  };
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}
