import type { CarriedStructure, LeavingShares, PastTrade } from './session-record.ts';

/** A position as the broker states it when a session begins. */
export interface HeldPosition {
  /** Option symbol or ticker. */
  readonly symbol: string;
  /** Whole contracts or shares, signed, never 0. */
  readonly quantity: number;
  /** Dollars per share, as is the mark; `null` when the broker does not say what it is worth. */
  readonly averagePrice: number;
  readonly mark: number | null;
}

/** What the engine has to say about its holdings at the first step. */
export interface TakeOverNews {
  readonly rule:
    | 'taken-over'
    | 'option-ended'
    | 'structure-broken'
    | 'foreign-holdings'
    | 'holdings-differ'
    | 'still-unsettled';
  readonly severity: 'info' | 'warning' | 'critical';
  readonly text: string;
}

/** What a session begins with: the broker's positions, explained by what the session before left. */
export interface TakenOver {
  readonly positions: readonly HeldPosition[];
  readonly structures: readonly CarriedStructure[];
  /** Shares by ticker that are the agent's own, signed: covered structures may count on them. */
  readonly shares: Readonly<Record<string, number>>;
  /** What they cost when they came, by ticker, dollars per share. Not in journals from before it was asked for, as the next. */
  readonly shareCosts?: Readonly<Record<string, number>>;
  /** Those of them that are to be closed, by ticker: left over from the session before, or come from what was not meant to bring any. */
  readonly leaving?: Readonly<Record<string, LeavingShares>>;
  /** What no record explains, by symbol, signed. */
  readonly foreign: Readonly<Record<string, number>>;
  readonly structureCount: number;
  /** What halts new risk until an operator has looked: holdings that differ, or what an earlier session left; `null` when nothing does. */
  readonly unsettled: string | null;
  /** Structures whose options have ended, where it is known what they paid. */
  readonly ended: readonly PastTrade[];
  readonly news: readonly TakeOverNews[];
}
