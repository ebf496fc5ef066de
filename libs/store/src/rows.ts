import type { Json, Micros, Usd } from '@trading-agent/core';

/** An entry of the journal that has consequences: broker, clock, operator. */
export interface EventRow {
  readonly seq: number;
  readonly at: Micros;
  readonly type: string;
  readonly payload: Json;
}

/** What the engine decided on event `seq`; `index` counts from 0 within it. */
export interface DecisionRow {
  readonly seq: number;
  readonly index: number;
  readonly at: Micros;
  readonly type: string;
  readonly payload: Json;
}

export interface OutboxEntry {
  /** Client order id (submit) or cancel id; unique within the session. */
  readonly id: string;
  readonly seq: number;
  readonly kind: 'submit' | 'cancel';
  readonly payload: Json;
}

export type OutboxStatus = 'pending' | 'sending' | 'sent' | 'rejected' | 'abandoned';

export interface OutboxRow extends OutboxEntry {
  readonly status: OutboxStatus;
  readonly brokerOrderId: string | null;
  readonly reason: string | null;
}

/** An order as the engine knows it. */
export interface OrderRow {
  readonly clientOrderId: string;
  readonly brokerOrderId: string | null;
  readonly underlying: string;
  readonly status: string;
  readonly type: string;
  /** Signed net price, dollars per share; `null` for market orders. */
  readonly limit: number | null;
  readonly quantity: number;
  readonly filledQuantity: number;
  readonly legs: Json;
  readonly strategy: string | null;
  /** Why it was sent, rejected or cancelled. */
  readonly reason: string | null;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
}

export interface ExecutionRow {
  readonly executionId: string;
  readonly clientOrderId: string;
  readonly at: Micros;
  readonly quantity: number;
  readonly legs: Json;
  readonly fees: Usd;
  readonly realized: Usd;
  readonly cashChange: Usd;
}

export interface PositionRow {
  readonly symbol: string;
  /** Contracts or shares, negative when short. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly averagePrice: number;
  readonly multiplier: number;
  /** Dollars per share; `null` when unknown. */
  readonly mark: number | null;
  readonly unrealized: Usd | null;
  readonly updatedAt: Micros;
}

export interface EquityRow {
  readonly at: Micros;
  readonly equity: Usd;
  readonly cash: Usd;
  readonly realized: Usd;
  readonly unrealized: Usd;
  readonly fees: Usd;
}

export interface AlertEntry {
  readonly at: Micros;
  readonly kind: 'trading' | 'system' | 'performance' | 'risk' | 'market';
  readonly severity: string;
  readonly message: string;
  readonly facts: Json;
}

export interface AlertRow extends AlertEntry {
  readonly id: number;
  readonly sessionId: string | null;
}

export interface SessionRow {
  readonly id: string;
  readonly account: string;
  /** `YYYY-MM-DD`, New York. */
  readonly date: string;
  /** 1, 2, ... per account and date. */
  readonly run: number;
  readonly mode: string;
  readonly status: 'running' | 'finished';
  readonly settings: Json;
  readonly result: Json | null;
  /** Wall clock of the database. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Highest sequence number whose consequences are stored; 0 before the first commit. */
  readonly committedSeq: number;
}
