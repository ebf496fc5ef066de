import type { MarketDate, Micros, Usd } from '@trading-agent/core';
import type { StrategyName } from '@trading-agent/config';
import type { OptionLeg } from '@trading-agent/instruments';
import type { ClosedTrade } from '@trading-agent/risk';
import type { View } from '@trading-agent/strategies';
import type { Reason } from './decisions.ts';

/** A structure that is held, with everything that managing it in a later session takes. */
export interface CarriedStructure {
  readonly id: string;
  readonly strategy: StrategyName;
  readonly conviction: View['conviction'];
  readonly rolls: number;
  readonly underlying: string;
  /** Opening legs. */
  readonly legs: readonly OptionLeg[];
  readonly expiry: MarketDate;
  /** Shares that each unit counts on. */
  readonly shares: number;
  readonly maxLossPerUnit: Usd;
  readonly committedPerUnit: Usd;
  /** Units held. */
  readonly open: number;
  /** Average signed net entry price per share. */
  readonly entryNet: number;
  readonly openedAt: Micros | null;
  /** Profit of the units closed since it was last empty, before fees. */
  readonly realized: Usd;
  /** Closing orders so far: their numbers go on. */
  readonly attempts: number;
  /** It has lost a leg (expired, assigned): what is left is closed. */
  readonly broken: boolean;
  /** Why it is closed as soon as that can be done, whatever its own exits say: the shares that it stands on are sold. */
  readonly leaving?: Reason;
}

/** Shares of the agent's own that are to be closed, whatever the market does until they are. */
export interface LeavingShares {
  /** How many are still to go, positive. */
  readonly quantity: number;
  readonly reason: Reason;
  /** Profit on those that are gone, before fees. */
  readonly realized: Usd;
}

/** A structure that was closed, and whether it was opened on the same market day. */
export interface PastTrade extends ClosedTrade {
  readonly dayTrade: boolean;
}

/** What a session leaves to the next one of its account: committed with every step that changes it, whatever becomes of the process. */
export interface SessionRecord {
  readonly structures: readonly CarriedStructure[];
  /** Shares by ticker that came from assignments and exercises of the agent's own options, signed. */
  readonly shares: Readonly<Record<string, number>>;
  /** What they cost when they came, by ticker, dollars per share. */
  readonly shareCosts: Readonly<Record<string, number>>;
  /** Those of them that are being closed, by ticker. */
  readonly leaving: Readonly<Record<string, LeavingShares>>;
  /** What the account held that no record explains, by symbol, signed. */
  readonly foreign: Readonly<Record<string, number>>;
  /** Structures named so far: the next one's number goes on. */
  readonly structureCount: number;
  /** Closed in this session, oldest first. */
  readonly closedTrades: readonly PastTrade[];
  /** Implied volatility at the money as last measured, by ticker, decimal. */
  readonly volatility: Readonly<Record<string, number>>;
  /** Last price of each underlying on which options of the agent's own end this day, dollars per share. */
  readonly endingAt: Readonly<Record<string, number>>;
  /** Rule by which a contradiction halted new risk; `null` when none did, or an operator has looked since. */
  readonly unsettled: string | null;
}

/** Nobody's record: by it whatever is held is foreign. */
export const NO_RECORD: SessionRecord = {
  structures: [],
  shares: {},
  shareCosts: {},
  leaving: {},
  foreign: {},
  structureCount: 0,
  closedTrades: [],
  volatility: {},
  endingAt: {},
  unsettled: null,
};
