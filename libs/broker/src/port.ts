import type { Usd } from '@trading-agent/core';
import type { Order, OrderStatus } from '@trading-agent/instruments';
import type { Observable } from 'rxjs';
import type { RiskApproved } from './approval.ts';
import type { BrokerEvent } from './events.ts';

export interface BrokerAccount {
  readonly accountNumber: string;
  readonly cash: Usd;
  readonly equity: Usd;
  /** Equity at the close of the session before today's, as the broker counts it; `null` when he does not say. */
  readonly lastEquity: Usd | null;
  readonly optionsBuyingPower: Usd;
  /** 0 none ... 3 multi-leg spreads. */
  readonly optionsLevel: number;
  /** False when any of the broker's block flags is set: no new risk then. */
  readonly tradable: boolean;
}

export interface BrokerPosition {
  /** Option symbol without vendor prefix, or a stock ticker. */
  readonly symbol: string;
  /** Contracts or shares; negative when short. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly averagePrice: number;
  /** What a share is worth by the broker, dollars; absent or `null` when he does not say. */
  readonly mark?: number | null;
}

export interface BrokerOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  readonly status: OrderStatus;
  /** Units filled so far. */
  readonly filledQuantity: number;
  /** Executions as far as the broker's order object tells them: quantity and price per leg, cumulative. */
  readonly filledLegs: readonly { readonly symbol: string; readonly quantity: number; readonly averagePrice: number }[];
}

/**
 * A broker, whoever it is. Every call has a time-out; errors are `TradingError`s with `BROKER_*` codes. A submission whose answer was lost
 * throws `ORDER_FATE_UNKNOWN` and must be looked up by `orderByClientId` before anything else is done about it.
 */
export interface Broker {
  account(): Promise<BrokerAccount>;
  positions(): Promise<readonly BrokerPosition[]>;
  /** Orders of this account that were submitted at or after `since` (RFC 3339), in the broker's order; open and closed. */
  orders(since: string): Promise<readonly BrokerOrder[]>;
  /** `undefined` when the broker has never received that id. */
  orderByClientId(clientOrderId: string): Promise<BrokerOrder | undefined>;
  /** Returns when the broker has accepted the order. @throws {TradingError} `BROKER_REJECTED` with the broker's reason. */
  submit(approved: RiskApproved): Promise<{ readonly brokerOrderId: string }>;
  /** Asks for a cancel; the outcome arrives as an event (`canceled`, or a fill that was faster). */
  cancel(brokerOrderId: string): Promise<void>;
  /** Order events from now on; errors end it. Subscribing connects, unsubscribing disconnects. */
  readonly events: Observable<BrokerEvent>;
}
