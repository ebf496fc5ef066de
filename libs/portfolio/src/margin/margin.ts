import { type Usd, addUsd, subtractUsd, usdFromMicros, ZERO_USD } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { type Requirement, stockRequirement } from './formulas.ts';
import { cheapestGrouping, spreadRequirement } from './grouping.ts';
import type { Grouping, SpreadMember } from './grouping-types.ts';
import { spreadName, type SpreadName } from './spread-name.ts';
import type { HeldOption, Holdings, MarginMarket, MarginTerms } from './terms.ts';
import type { Series, Use } from './uses.ts';

export interface MarginLeg {
  /** Option symbol or stock ticker. */
  readonly symbol: string;
  /** Contracts or shares, negative when short. */
  readonly quantity: number;
}

/** Positions that are margined together under one rule. */
export interface MarginGroup {
  readonly underlying: string;
  readonly strategy: Use['strategy'] | SpreadName | 'long-stock' | 'short-stock';
  readonly legs: readonly MarginLeg[];
  readonly requirement: Usd;
  /** Where the rule stands. */
  readonly rule: string;
}

/**
 * What an account must have. Measured against cash (proceeds of everything sold in it) plus the value of long stock; options count for nothing
 * there, neither long (they are paid in full and have no loan value) nor short (their value is in the requirement).
 */
export interface Margin {
  /** To open; `null` when a position may not be held on these terms or can't be measured for want of a price. */
  readonly initial: Usd | null;
  /** To keep; `null` likewise. */
  readonly maintenance: Usd | null;
  /** The cheapest grouping at the opening. */
  readonly groups: readonly MarginGroup[];
  /** The cheapest grouping afterwards; the same unless stock is held. */
  readonly maintenanceGroups: readonly MarginGroup[];
  /** Shorts that no rule allows on these terms (or without a price), and stock without a price. */
  readonly uncovered: readonly MarginLeg[];
  /** False when a cheaper grouping may exist that was not found within the work allowed: the requirement is then too high, never too low. */
  readonly proven: boolean;
}

const NOTHING: Margin = {
  initial: ZERO_USD,
  maintenance: ZERO_USD,
  groups: [],
  maintenanceGroups: [],
  uncovered: [],
  proven: true,
};

/**
 * The margin of any holdings: per underlying the cheapest grouping of all its positions into strategies that Regulation T and the exchanges know,
 * summed over the underlyings (nothing offsets between two of them).
 */
export function marginOf(holdings: Holdings, market: MarginMarket, terms: MarginTerms): Margin {
  return marginOfAll(underlyingsOf(holdings), holdings, market, terms);
}

function marginOfAll(tickers: readonly string[], holdings: Holdings, market: MarginMarket, terms: MarginTerms): Margin {
  let margin = NOTHING;
  for (const ticker of tickers) margin = sum(margin, marginOfUnderlying(ticker, holdings, market, terms));
  return margin;
}

/** The tickers that options or stocks are held of, in text order. */
export function underlyingsOf({ options, stocks }: Holdings): readonly string[] {
  const tickers = new Set<string>();
  for (const { contract, quantity } of options) if (quantity !== 0) tickers.add(contract.underlying);
  for (const { symbol, quantity } of stocks) if (quantity !== 0) tickers.add(symbol);
  return [...tickers].sort();
}

/** The part of `marginOf` that one underlying makes up. */
export function marginOfUnderlying(
  ticker: string,
  holdings: Holdings,
  market: MarginMarket,
  terms: MarginTerms,
): Margin {
  const all = seriesOf(ticker, holdings, market);
  let shares = 0;
  for (const { symbol, quantity } of holdings.stocks) if (symbol === ticker) shares += quantity;
  if (all.length === 0 && shares === 0) return NOTHING;
  const spot = price(market, ticker);
  if (shares !== 0 && (spot === null || (shares < 0 && terms.account === 'cash')))
    return unmeasured([{ symbol: ticker, quantity: shares }]);
  const opening = cheapestGrouping(all, spot, shares, terms, 'initial');
  // Without stock the two requirements of every strategy are the same.
  const keeping = shares === 0 ? opening : cheapestGrouping(all, spot, shares, terms, 'maintenance');
  const uncovered = [...opening.uncovered, ...(keeping === opening ? [] : keeping.uncovered)];
  if (uncovered.length > 0) return unmeasured(uncovered.map((member) => legOf(all, member)));
  const tell = (grouping: Grouping, objective: keyof Requirement): MarginGroup[] =>
    groupsOf(ticker, all, grouping, objective, spot, shares, terms);
  const groups = tell(opening, 'initial');
  const maintenanceGroups = keeping === opening ? groups : tell(keeping, 'maintenance');
  return {
    initial: total(groups),
    maintenance: total(maintenanceGroups),
    groups,
    maintenanceGroups,
    uncovered: [],
    proven: opening.proven && keeping.proven,
  };
}

/** What an order does to margin and cash when all of it fills. */
export interface OrderMargin {
  readonly before: Margin;
  readonly after: Margin;
  /** Change of the initial requirement, `null` when one of the two is; negative when the order frees margin. */
  readonly change: Usd | null;
  /** Premium paid (positive) or received (negative), fees excluded. */
  readonly premium: Usd;
  /** What the order takes from cash plus stock value less requirement: `change + premium`. */
  readonly funds: Usd | null;
}

/**
 * Margin before and after an order. Only the order's underlyings are looked at: what others require does not change.
 * @param changes what is bought (positive) and sold (negative), in contracts
 * @param premium paid (positive) or received (negative) for all of it
 * @param before margin of the order's underlyings as they stand, for who has it already
 */
export function marginOfOrder(
  changes: readonly HeldOption[],
  premium: Usd,
  holdings: Holdings,
  market: MarginMarket,
  terms: MarginTerms,
  before: Margin = marginOfAll(underlyingsOf({ options: changes, stocks: [] }), holdings, market, terms),
): OrderMargin {
  const later: Holdings = { options: [...holdings.options, ...changes], stocks: holdings.stocks };
  const after = marginOfAll(underlyingsOf({ options: changes, stocks: [] }), later, market, terms);
  const change = before.initial === null || after.initial === null ? null : subtractUsd(after.initial, before.initial);
  return { before, after, change, premium, funds: change === null ? null : addUsd(change, premium) };
}

function seriesOf(ticker: string, { options }: Holdings, market: MarginMarket): readonly Series[] {
  const held = new Map<string, { contract: OptionContract; quantity: number }>();
  for (const { contract, quantity } of options) {
    if (contract.underlying !== ticker) continue;
    const known = held.get(contract.symbol);
    if (known) known.quantity += quantity;
    else held.set(contract.symbol, { contract, quantity });
  }
  return [...held.values()]
    .filter(({ quantity }) => quantity !== 0)
    .sort((a, b) => (a.contract.symbol < b.contract.symbol ? -1 : 1))
    .map(({ contract, quantity }) => ({ contract, quantity, price: price(market, contract.symbol) }));
}

function price(market: MarginMarket, symbol: string): number | null {
  const found = market.price(symbol);
  return found !== null && Number.isFinite(found) && found >= 0 ? found : null;
}

function groupsOf(
  ticker: string,
  all: readonly Series[],
  grouping: Grouping,
  objective: keyof Requirement,
  spot: number | null,
  shares: number,
  terms: MarginTerms,
): MarginGroup[] {
  const groups: MarginGroup[] = [];
  let free = shares;
  for (const { use, count } of grouping.uses) {
    const legs = use.series.map((series) => legOf(all, { series, count }));
    if (use.shares !== 0) legs.push({ symbol: ticker, quantity: use.shares * count });
    free -= use.shares * count;
    const requirement = usdFromMicros(use.requirement[objective] * count);
    groups.push({ underlying: ticker, strategy: use.strategy, legs, requirement, rule: RULES[use.strategy] });
  }
  for (const members of grouping.spreads) {
    const legs = members.map((member) => legOf(all, member));
    groups.push({
      underlying: ticker,
      strategy: spreadName(members.flatMap((member) => named(all, member))),
      legs,
      requirement: spreadRequirement(all, members),
      rule: SPREAD_RULE,
    });
  }
  if (free !== 0) {
    groups.push({
      underlying: ticker,
      strategy: free > 0 ? 'long-stock' : 'short-stock',
      legs: [{ symbol: ticker, quantity: free }],
      requirement: stockRequirement(spot ?? 0, free, terms)[objective],
      rule: free > 0 ? 'Regulation T 220.12(a), FINRA 4210(c)(1)' : 'Regulation T 220.12(c)(1), FINRA 4210(c)(2)-(3)',
    });
  }
  return groups;
}

function named(all: readonly Series[], { series, count }: SpreadMember): HeldOption[] {
  const one = all[series];
  return one === undefined ? [] : [{ contract: one.contract, quantity: one.quantity > 0 ? count : -count }];
}

function legOf(all: readonly Series[], { series, count }: SpreadMember): MarginLeg {
  const one = all[series];
  return { symbol: one?.contract.symbol ?? '', quantity: (one?.quantity ?? 0) > 0 ? count : -count };
}

function total(groups: readonly MarginGroup[]): Usd {
  return addUsd(...groups.map(({ requirement }) => requirement));
}

function unmeasured(uncovered: readonly MarginLeg[]): Margin {
  return { ...NOTHING, initial: null, maintenance: null, uncovered };
}

function sum(a: Margin, b: Margin): Margin {
  const add = (x: Usd | null, y: Usd | null): Usd | null => (x === null || y === null ? null : addUsd(x, y));
  return {
    initial: add(a.initial, b.initial),
    maintenance: add(a.maintenance, b.maintenance),
    groups: [...a.groups, ...b.groups],
    maintenanceGroups: [...a.maintenanceGroups, ...b.maintenanceGroups],
    uncovered: [...a.uncovered, ...b.uncovered],
    proven: a.proven && b.proven,
  };
}

const SPREAD_RULE = 'FINRA 4210(f)(2)(H)(i)b: the maximum potential loss at any exercise price';

const RULES: Readonly<Record<Use['strategy'], string>> = {
  'long-option': 'FINRA 4210(f)(2)(D): paid in full',
  'naked-call': 'FINRA 4210(f)(2)(E)(i), Cboe 10.3(c)(5)(A)',
  'naked-put': 'FINRA 4210(f)(2)(E)(i), Cboe 10.3(c)(5)(A)',
  'cash-secured-put': 'Regulation T 220.8, Cboe 10.3(e): the aggregate exercise price in cash',
  'short-straddle': 'FINRA 4210(f)(2)(H), short put and short call: the greater requirement and the other market value',
  'short-strangle': 'FINRA 4210(f)(2)(H), short put and short call: the greater requirement and the other market value',
  'covered-call': 'FINRA 4210(f)(2)(H); Cboe margin manual, Short Call and Long Underlying',
  'covered-put': 'FINRA 4210(f)(2)(H); Cboe margin manual, Short Put and Short Underlying',
  'protective-put':
    'FINRA 4210(f)(2)(H)(v)a, Long Put and Long Underlying: 10% of the strike and the out-of-the-money amount',
  'protective-call':
    'FINRA 4210(f)(2)(H)(v)a, Long Call and Short Underlying: 10% of the strike and the out-of-the-money amount',
  collar: 'FINRA 4210(f)(2)(H)(v), Collar: as a protective put, at most 25% of the call strike',
  conversion: 'FINRA 4210(f)(2)(H)(v), Conversion: 10% of the strike',
  'reverse-conversion':
    'FINRA 4210(f)(2)(H)(v), Reverse Conversion: 10% of the strike and what the put is in the money',
};
