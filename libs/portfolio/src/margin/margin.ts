import { type Usd, addUsd, subtractUsd, usdFromMicros, ZERO_USD } from '@trading-agent/core';
import { bookOf, bookWith, type Series, type UnderlyingBook } from './book.ts';
import { type Requirement, stockRequirement } from './formulas.ts';
import { cheapestGrouping, requirementOf } from './grouping.ts';
import type { Grouping, SpreadMember } from './grouping-types.ts';
import { spreadLoss } from './spread-loss.ts';
import { spreadName, type SpreadName } from './spread-name.ts';
import type { HeldOption, Holdings, MarginMarket, MarginTerms } from './terms.ts';
import { priceIn, type Use } from './uses.ts';

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
export interface MarginAmounts {
  /** To open; `null` when a position may not be held on these terms or can't be measured for want of a price. */
  readonly initial: Usd | null;
  /** To keep; `null` likewise. */
  readonly maintenance: Usd | null;
  /** False when a cheaper grouping may exist that was not found within the work allowed: the requirement is then too high, never too low. */
  readonly proven: boolean;
}

/** The amounts, and the positions that they are for. */
export interface Margin extends MarginAmounts {
  /** The cheapest grouping at the opening. */
  readonly groups: readonly MarginGroup[];
  /** The cheapest grouping afterwards; the same unless stock is held. */
  readonly maintenanceGroups: readonly MarginGroup[];
  /** Shorts that no rule allows on these terms (or without a price), and stock without a price. */
  readonly uncovered: readonly MarginLeg[];
}

const NOTHING: Margin = {
  initial: ZERO_USD,
  maintenance: ZERO_USD,
  groups: [],
  maintenanceGroups: [],
  uncovered: [],
  proven: true,
};

const UNMEASURED: MarginAmounts = { initial: null, maintenance: null, proven: true };

/**
 * The margin of any holdings: per underlying the cheapest grouping of all its positions into strategies that Regulation T and the exchanges know,
 * summed over the underlyings (nothing offsets between two of them).
 */
export function marginOf(holdings: Holdings, market: MarginMarket, terms: MarginTerms): Margin {
  let margin = NOTHING;
  for (const ticker of underlyingsOf(holdings))
    margin = sum(margin, marginTold(bookOf(ticker, holdings), market, terms));
  return margin;
}

/** The tickers that options or stocks are held of, in text order. */
function underlyingsOf({ options, stocks }: Holdings): readonly string[] {
  const tickers = new Set<string>();
  for (const { contract, quantity } of options) if (quantity !== 0) tickers.add(contract.underlying);
  for (const { symbol, quantity } of stocks) if (quantity !== 0) tickers.add(symbol);
  return [...tickers].sort();
}

/** The part of `marginOf` that one underlying makes up, without telling the groups. */
export function marginOfBook(book: UnderlyingBook, market: MarginMarket, terms: MarginTerms): MarginAmounts {
  const grouped = groupedOf(book, market, terms);
  if ('uncovered' in grouped) return UNMEASURED;
  const { spot, opening, keeping } = grouped;
  const initial = requirementOf(book, opening, spot, terms, 'initial');
  return {
    initial,
    maintenance: book.shares === 0 ? initial : requirementOf(book, keeping, spot, terms, 'maintenance'),
    proven: opening.proven && keeping.proven,
  };
}

/** Whether the margin of this book changes with prices; if not, it stands as long as the book does. */
export function movesWithPrices({ shares }: UnderlyingBook, { account, uncovered }: MarginTerms): boolean {
  return shares !== 0 || (account === 'margin' && uncovered);
}

function marginTold(book: UnderlyingBook, market: MarginMarket, terms: MarginTerms): Margin {
  const grouped = groupedOf(book, market, terms);
  if ('uncovered' in grouped) return { ...NOTHING, ...UNMEASURED, uncovered: grouped.uncovered };
  const { spot, opening, keeping } = grouped;
  const tell = (grouping: Grouping, objective: keyof Requirement): MarginGroup[] =>
    groupsOf(book, grouping, objective, spot, terms);
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

interface Grouped {
  readonly spot: number | null;
  readonly opening: Grouping;
  readonly keeping: Grouping;
}

function groupedOf(
  book: UnderlyingBook,
  market: MarginMarket,
  terms: MarginTerms,
): Grouped | { readonly uncovered: readonly MarginLeg[] } {
  const { ticker, series, shares } = book;
  const spot = movesWithPrices(book, terms) ? priceIn(market, ticker) : null;
  if (shares !== 0 && (spot === null || (shares < 0 && terms.account === 'cash')))
    return { uncovered: [{ symbol: ticker, quantity: shares }] };
  const opening = cheapestGrouping(book, spot, market, terms, 'initial');
  // Without stock the two requirements of every strategy are the same.
  const keeping = shares === 0 ? opening : cheapestGrouping(book, spot, market, terms, 'maintenance');
  const uncovered = opening.uncovered.length > 0 ? opening.uncovered : keeping.uncovered;
  if (uncovered.length > 0) return { uncovered: uncovered.map((member) => legOf(series, member)) };
  return { spot, opening, keeping };
}

/** What an order does to margin and cash when all of it fills. */
export interface OrderMargin {
  readonly before: MarginAmounts;
  readonly after: MarginAmounts;
  /** Change of the initial requirement, `null` when one of the two is; negative when the order frees margin. */
  readonly change: Usd | null;
  /** Premium paid (positive) or received (negative), fees excluded. */
  readonly premium: Usd;
  /** What the order takes from cash plus stock value less requirement: `change + premium`. */
  readonly funds: Usd | null;
}

/**
 * Margin before and after an order in options of one underlying; what others require does not change.
 * @param changes what is bought (positive) and sold (negative), in contracts
 * @param premium paid (positive) or received (negative) for all of it
 * @param book what is held of the underlying
 * @param before its margin, for who has it already
 */
export function marginOfOrder(
  changes: readonly HeldOption[],
  premium: Usd,
  book: UnderlyingBook,
  market: MarginMarket,
  terms: MarginTerms,
  before: MarginAmounts = marginOfBook(book, market, terms),
): OrderMargin {
  const after = marginOfBook(bookWith(book, changes), market, terms);
  const change = before.initial === null || after.initial === null ? null : subtractUsd(after.initial, before.initial);
  return { before, after, change, premium, funds: change === null ? null : addUsd(change, premium) };
}

function groupsOf(
  { ticker, series: all, shares }: UnderlyingBook,
  grouping: Grouping,
  objective: keyof Requirement,
  spot: number | null,
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
      requirement: usdFromMicros(spreadLoss(all, members).most),
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
