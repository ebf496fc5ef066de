import type { MarketDate, Micros, Usd } from '@trading-agent/core';

/** A resource that can be read again. */
export const TOPICS = ['status', 'positions', 'orders', 'executions', 'equity', 'decisions', 'alerts'] as const;
export type Topic = (typeof TOPICS)[number];

/** What may have changed. */
export interface Change {
  readonly topics: readonly Topic[];
}

/** The trading session that is running, or the last one that ran. */
export interface SessionReading {
  readonly sessionId: string;
  readonly account: string;
  readonly mode: string;
  /** What serves the market, e.g. `replay`; `null` when the session does not say. */
  readonly market: string | null;
  readonly date: MarketDate;
  readonly tier: string | null;
  readonly state: 'running' | 'ended';
  readonly startedAt: Micros;
  readonly endedAt: Micros | null;
  /** `null` unless new risk is switched off. */
  readonly halted: { readonly reason: string; readonly at: Micros | null } | null;
  /** Market time of the last step: simulated in a replay. */
  readonly lastStepAt: Micros | null;
  /** Machine time at which the session was last seen to move on; tells whether the agent is alive. */
  readonly lastStepSeenAt: Micros | null;
  readonly startEquity: Usd | null;
  readonly equity: Usd | null;
  readonly cash: Usd | null;
}

export interface PositionReading {
  readonly symbol: string;
  /** Contracts, negative when short. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly averagePrice: number;
  readonly multiplier: number;
  /** Dollars per share; `null` when it could not be marked. */
  readonly mark: number | null;
  readonly unrealized: Usd | null;
}

export interface OrderLegReading {
  readonly symbol: string;
  readonly ratio: number;
  readonly intent: string;
}

export interface OrderReading {
  readonly clientOrderId: string;
  readonly at: Micros;
  readonly underlying: string;
  readonly strategy: string | null;
  readonly legs: readonly OrderLegReading[];
  readonly quantity: number;
  readonly filled: number;
  readonly type: string;
  /** Signed net price per share: debit positive, credit negative; `null` for market orders. */
  readonly limit: number | null;
  readonly status: string;
  /** The broker's words for a rejection. */
  readonly reason: string | null;
}

export interface ExecutionReading {
  readonly executionId: string;
  readonly clientOrderId: string;
  readonly at: Micros;
  readonly quantity: number;
  readonly legs: readonly {
    readonly symbol: string;
    readonly intent: string;
    readonly quantity: number;
    readonly price: number;
  }[];
  readonly fees: Usd;
  /** Profit or loss realised by this fill, before fees; 0 for one that only opens. */
  readonly realized: Usd;
}

export interface EquityReading {
  readonly at: Micros;
  readonly equity: Usd;
}

export interface ReasonReading {
  readonly rule: string;
  /** A sentence, or `null` when rule and numbers say it all. */
  readonly text: string | null;
  /** `null` when it is no limit that is kept or broken. */
  readonly passed: boolean | null;
  readonly actual: number | null;
  readonly limit: number | null;
  readonly unit: string | null;
}

export interface DecisionReading {
  /** The journal entry that led to it, and its place among that entry's decisions. */
  readonly sequence: number;
  readonly index: number;
  readonly at: Micros;
  readonly kind: 'submit' | 'cancel' | 'refuse' | 'alert' | 'note';
  /** What it is about, e.g. an underlying or a contract. */
  readonly subject: string | null;
  readonly clientOrderId: string | null;
  readonly summary: string;
  readonly reasons: readonly ReasonReading[];
}

export interface AlertReading {
  readonly id: string;
  readonly at: Micros;
  readonly severity: string;
  readonly kind: string;
  readonly message: string;
}

/**
 * Where the API reads from: narrow, read-only. All lists but equity come newest first, and are those of the session that
 * `session()` names. Rejections are `TradingError`s (`STORE_UNAVAILABLE` when the store can't be reached).
 */
export interface StatusSource {
  /** `null` before the first session ever. Also proves that the store answers. */
  session(): Promise<SessionReading | null>;
  positions(): Promise<readonly PositionReading[]>;
  orders(limit: number): Promise<readonly OrderReading[]>;
  executions(limit: number): Promise<readonly ExecutionReading[]>;
  /** Oldest first. */
  equity(): Promise<readonly EquityReading[]>;
  decisions(limit: number): Promise<readonly DecisionReading[]>;
  alerts(limit: number): Promise<readonly AlertReading[]>;
  /** Calls back on every change until the returned function is called. */
  watch(listener: (change: Change) => void): Promise<() => Promise<void>>;
}
