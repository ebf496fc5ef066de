import { type Micros, type Usd } from '@trading-agent/core';
import { firstStanding, standingAtOpen, type TierChange, type TierStanding } from '@trading-agent/account-tiers';
import type { TierTable } from '@trading-agent/config';
import {
  isOptionSymbol,
  OptionChain,
  type OptionContract,
  optionContract,
  type OptionSymbol,
  type Order,
  type OrderLeg,
  type Quote,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { createFeatureStream, type FeatureStream, type FeatureVector } from '@trading-agent/features';
import { type FeedGap, QuoteBook } from '@trading-agent/market-data';
import type { Portfolio, PortfolioValue } from '@trading-agent/portfolio';
import type { RecentOrder } from '@trading-agent/risk';
import type { UnderlyingPricer } from '@trading-agent/pricing';
import { sessionPricer } from '@trading-agent/strategies';
import type { SessionFacts } from './events.ts';
import { openingBooks } from './opening-books.ts';
import { ReturnHistory } from './return-history.ts';
import type { LeavingShares, PastTrade } from './session-record.ts';
import { carriedStructure, foreignStructure, type StructurePosition } from './structure-position.ts';
import type { TakeOverNews } from './taken-over.ts';

/** An order of ours that the broker has not finished with: it opens or closes a structure, or closes shares. */
export type WorkingOrder = {
  readonly intent: string;
  readonly order: Order;
  readonly submittedAt: Micros;
  /** Units filled so far. */
  filled: number;
  cancelRequested: boolean;
} & (
  | { readonly purpose: 'open' | 'close'; readonly structure: StructurePosition }
  | { readonly purpose: 'shares'; readonly exit: ShareExit }
);

/** How far the closing of one ticker's shares is. */
export interface ShareExit {
  readonly ticker: string;
  closingIntent: string | null;
  attempts: number;
  /** When the broker last rejected an order of it. */
  rejectedAt: Micros | null;
  /** What kept them from being closed when that was last told. */
  obstacle: string | null;
  /** Whether it was told by which rules they are kept. */
  keptTold: boolean;
}

/** An order of ours that is over. It is remembered, because an execution may still arrive after the word that ended it. */
export interface EndedOrder {
  readonly working: WorkingOrder;
  readonly status: 'filled' | 'canceled' | 'expired' | 'rejected';
}

/** What is known of one underlying. */
export interface UnderlyingState {
  readonly symbol: string;
  /** False when it is followed only because something is held on it. */
  readonly traded: boolean;
  readonly chain: OptionChain;
  /** Begins anew after a hole that could not be filled. */
  features: FeatureStream;
  /** Prices its options, for strategies, exits and risk alike. */
  readonly pricer: UnderlyingPricer;
  vector: FeatureVector | null;
  /** Close of the last bar, dollars per share; `null` before the first of the day. */
  spot: number | null;
  lastBarEnd: Micros | null;
  /** The contracts whose quotes were asked for, whether those of its shares were, and the price at which they were chosen; `null` before the first bar. */
  quoted: { readonly symbols: ReadonlySet<OptionSymbol>; readonly shares: boolean; readonly spot: number } | null;
  /** Holes in its data that are open, by id. */
  readonly gaps: Map<string, FeedGap>;
  /** Option quotes from before this time may have been overtaken in a hole: not to be opened on. */
  quotesSince: Micros | null;
  /** End of the bar that the last decision was made on. */
  lastDecision: Micros | null;
  /** Median spread near the money at the last decision, as a fraction of the midpoint; `null` when nothing was quoted. */
  spread: number | null;
  /** Worst loss of its cheapest single unit at the last decision, or of one that was cheap enough, dollars; `null` where none could be built or something is held. */
  oneLot: number | null;
  /** Implied volatility at the money as last measured. */
  implied: number | null;
  /** Rule by which the symbol is left out today; told when it changes. */
  leftOut: string | null;
  /** Looks in a row at which the view was strongly down. */
  looksDown: number;
}

/** Everything the engine knows. Owned by the engine alone, changed only by `step`. */
export interface EngineState {
  readonly session: SessionFacts;
  readonly startEquity: Usd;
  /**
   * What the day's loss is measured from, and the lowest equity of the day: the equity at the close before or, where that was more (a gain of
   * the night, a deposit), before the day's first run. `null` when the close before is not known: no new risk then.
   */
  readonly dayStartEquity: Usd | null;
  lowestEquity: Usd;
  /** Where the account stands among the tiers, the balance this was decided on, and the change that has not been told yet. */
  standing: TierStanding;
  tierBalance: Usd;
  tierChange: TierChange | null;
  readonly book: QuoteBook;
  readonly returns: ReturnHistory;
  readonly portfolio: Portfolio;
  readonly underlyings: ReadonlyMap<string, UnderlyingState>;
  readonly structures: Map<string, StructurePosition>;
  /** By client order id, in order of submission. */
  readonly orders: Map<string, WorkingOrder>;
  /** By client order id: the session's orders that are over. */
  readonly ended: Map<string, EndedOrder>;
  /** Opening orders of the last hour, oldest first. */
  recentOpenings: readonly RecentOrder[];
  /** Structures that were opened and closed again within this session or one of the four before, oldest first. */
  readonly closedTrades: PastTrade[];
  /** How many of them earlier sessions brought. */
  readonly pastTrades: number;
  /** Shares by ticker that covered structures may count on: the account's less those that nobody's record explains. */
  readonly ownShares: Map<string, number>;
  /** What they cost when they came, by ticker, dollars per share. */
  readonly shareCosts: ReadonlyMap<string, number>;
  /** Those of them that are being closed, by ticker. */
  readonly leaving: Map<string, LeavingShares>;
  /** What nobody's record explained when the session began, by symbol; shares less those that were closed since. */
  readonly foreign: Record<string, number>;
  /** By ticker: shares that are, or were, to be closed. */
  readonly shareExits: Map<string, ShareExit>;
  /** Underlyings on which something foreign is held: nothing is opened there. */
  readonly foreignUnderlyings: ReadonlySet<string>;
  /** What holdings from before were worth when the session began, dollars per share: counted until they are quoted. */
  readonly firstMarks: ReadonlyMap<string, number>;
  /** What is to be told of the holdings at the first step. */
  news: readonly TakeOverNews[];
  /** Whether it was told what the session is priced without. */
  missingFactsTold: boolean;
  /** Highest equity of the day, and the largest fall from it so far as a fraction. */
  peakEquity: Usd;
  drawdown: number;
  /** The terms of any contract, listed or named by a fill. */
  contract(symbol: string): OptionContract;
  structureCount: number;
  /** Why an operator or a contradiction halts new risk; an operator may lift it. */
  halted: string | null;
  /** The rule of the contradiction among it, for as long as no operator has lifted it: the next session is told. */
  unsettled: string | null;
  /** An operator wants out of everything, until a resume. */
  flattening: boolean;
  /** The day's loss limit was reached: no new risk until tomorrow, whatever the account recovers. */
  dailyLossReached: boolean;
}

/** The state at the start of a session, features warmed up with the bars of the session before. */
export function openSession(session: SessionFacts, tiers: TierTable): EngineState {
  const { cash, previousClose, standing: before, past, takenOver } = session.account;
  const bySymbol = new Map(session.contracts.map((contract) => [contract.symbol as string, contract]));
  // A fill may name a contract that was not asked for; its symbol tells its terms.
  const contract = (symbol: string): OptionContract => bySymbol.get(symbol) ?? optionContract(symbol);
  const returns = new ReturnHistory();
  const underlyings = new Map<string, UnderlyingState>();
  const heldOnly = session.heldOnly ?? [];
  for (const symbol of [...session.underlyings, ...heldOnly].sort()) {
    underlyings.set(symbol, {
      symbol,
      traded: !heldOnly.includes(symbol),
      chain: new OptionChain(
        symbol,
        session.contracts.filter((contract) => contract.underlying === symbol),
      ),
      features: createFeatureStream(),
      pricer: sessionPricer(session.date, {
        treasury: session.treasury ?? null,
        dividends: session.events?.[symbol]?.dividends ?? null,
      }),
      vector: null,
      spot: null,
      lastBarEnd: null,
      quoted: null,
      gaps: new Map(),
      quotesSince: null,
      lastDecision: null,
      spread: null,
      oneLot: null,
      implied: null,
      leftOut: null,
      looksDown: 0,
    });
  }
  for (const bar of session.history) {
    const underlying = underlyings.get(bar.symbol);
    if (underlying === undefined) continue;
    underlying.vector = underlying.features.push(bar) ?? underlying.vector;
    returns.push(bar);
  }
  const held = takenOver?.positions ?? [];
  const { portfolio, marks: firstMarks, equity: startEquity } = openingBooks(cash, takenOver ?? null, contract);
  const today = past?.today ?? { start: startEquity, highest: startEquity, lowest: startEquity, drawdown: 0 };
  const opened =
    before === undefined
      ? { standing: firstStanding(startEquity, tiers), change: null }
      : standingAtOpen(before, startEquity, tiers);
  const structures = new Map<string, StructurePosition>();
  for (const carried of takenOver?.structures ?? []) structures.set(carried.id, carriedStructure(carried, contract));
  const foreign = { ...takenOver?.foreign };
  const foreignUnderlyings = new Set<string>();
  for (const [symbol, quantity] of Object.entries(foreign)) {
    foreignUnderlyings.add(isOptionSymbol(symbol) ? contract(symbol).underlying : symbol);
    if (!isOptionSymbol(symbol)) continue;
    const id = `F${structures.size + 1}`;
    const averagePrice = held.find((position) => position.symbol === symbol)?.averagePrice ?? 0;
    structures.set(id, foreignStructure(id, { symbol, quantity, averagePrice, mark: null }));
  }
  const news = takenOver?.news ?? [];
  return {
    session,
    startEquity,
    dayStartEquity: dayStart(previousClose, today.start),
    lowestEquity: today.lowest,
    standing: opened.standing,
    tierBalance: startEquity,
    tierChange: opened.change,
    book: new QuoteBook(),
    returns,
    portfolio,
    underlyings,
    structures,
    orders: new Map(),
    ended: new Map(),
    recentOpenings: past?.openings ?? [],
    closedTrades: [...(past?.closedTrades ?? []), ...(takenOver?.ended ?? [])],
    pastTrades: past?.closedTrades.length ?? 0,
    ownShares: new Map(Object.entries(takenOver?.shares ?? {})),
    shareCosts: new Map(Object.entries(takenOver?.shareCosts ?? {})),
    leaving: new Map(Object.entries(takenOver?.leaving ?? {})),
    foreign,
    shareExits: new Map(),
    foreignUnderlyings,
    firstMarks,
    news,
    missingFactsTold: false,
    peakEquity: today.highest,
    drawdown: today.drawdown,
    contract,
    structureCount: takenOver?.structureCount ?? 0,
    halted: takenOver?.unsettled ?? null,
    unsettled: takenOver?.unsettled ?? null,
    flattening: false,
    dailyLossReached: false,
  };
}

/** A deposit looks like a gain of the night; measured from the higher figure, neither is there to be lost. */
function dayStart(previousClose: Usd | null | undefined, firstRun: Usd): Usd | null {
  if (previousClose === null) return null;
  return previousClose === undefined || previousClose < firstRun ? firstRun : previousClose;
}

/** What keeps count of the closing of a ticker's shares. */
export function shareExitOf({ shareExits }: EngineState, ticker: string): ShareExit {
  const known = shareExits.get(ticker);
  if (known !== undefined) return known;
  const exit: ShareExit = {
    ticker,
    closingIntent: null,
    attempts: 0,
    rejectedAt: null,
    obstacle: null,
    keptTold: false,
  };
  shareExits.set(ticker, exit);
  return exit;
}

/** Why no new risk may be taken, `null` when it may. */
export function haltOf(state: EngineState): string | null {
  if (state.halted !== null) return state.halted;
  if (state.dayStartEquity === null) return 'daily-loss-unknown';
  return state.dailyLossReached ? 'daily-loss' : null;
}

/** Cash plus what is held at its marks; what has never had one counts at its cost. */
export function valueOf(state: EngineState): PortfolioValue {
  return state.portfolio.value((symbol) => markOf(state, symbol));
}

/**
 * What a contract is worth by its quotes, a share by the last bar, either by what the broker said when the session began. Quotes of stocks may fall
 * silent while the price goes on, and one wild one must not be taken for a loss of the account.
 */
export function markOf(state: EngineState, symbol: string): number | null {
  const mark = isOptionSymbol(symbol) ? state.book.mark(symbol) : state.underlyings.get(symbol)?.spot;
  return mark ?? state.firstMarks.get(symbol) ?? null;
}

export function equityOf(state: EngineState): Usd {
  return valueOf(state).equity;
}

/** Follows the day's highest and lowest equity and the largest fall from the highest. */
export function trackEquity(state: EngineState): void {
  const equity = equityOf(state);
  if (equity > state.peakEquity) state.peakEquity = equity;
  if (equity < state.lowestEquity) state.lowestEquity = equity;
  if (state.peakEquity > 0) state.drawdown = Math.max(state.drawdown, 1 - equity / state.peakEquity);
}

/** The latest quote of a contract, unless it may have been overtaken in a hole. */
export function reliableQuote(state: EngineState, { quotesSince }: UnderlyingState, symbol: string): Quote | undefined {
  const quote = state.book.quote(symbol);
  return quote !== undefined && quotesSince !== null && quote.at < quotesSince ? undefined : quote;
}

/** Contracts or shares held of a symbol, signed. */
export function heldOf({ portfolio }: EngineState, symbol: string): number {
  const held = isOptionSymbol(symbol)
    ? portfolio.positions().find((position) => position.symbol === symbol)
    : portfolio.shares().find(({ ticker }) => ticker === symbol);
  return held?.quantity ?? 0;
}

/** Contracts or shares held on the side that a closing leg closes: none where the account has come to hold the other one. */
export function heldAgainst(state: EngineState, { symbol, intent }: OrderLeg): number {
  return Math.max(0, -sign(sideOf(intent)) * heldOf(state, symbol));
}

/** Contracts or shares held of a symbol that no working order is about to close, signed. */
export function closableOf(state: EngineState, symbol: string): number {
  let closable = heldOf(state, symbol);
  for (const { purpose, order, filled } of state.orders.values()) {
    if (purpose === 'open') continue;
    const leg = order.legs.find((candidate) => candidate.symbol === symbol);
    if (leg !== undefined) closable += sign(sideOf(leg.intent)) * leg.ratio * (order.quantity - filled);
  }
  return closable;
}

/** Contracts of a symbol that working opening orders may still bring, signed. */
export function workingOf(state: EngineState, symbol: string): number {
  let working = 0;
  for (const structure of state.structures.values()) {
    const leg = structure.legs.find((candidate) => candidate.symbol === symbol);
    if (leg !== undefined) working += sign(sideOf(leg.intent)) * leg.ratio * structure.working;
  }
  return working;
}
