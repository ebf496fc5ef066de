import type { Micros } from '@trading-agent/core';
import type { Execution, OrderStatus } from '@trading-agent/instruments';

/** What the broker tells about our orders, in its own order of telling. */
export type BrokerEvent =
  | {
      readonly kind: 'order';
      readonly at: Micros;
      readonly clientOrderId: string;
      readonly brokerOrderId: string;
      readonly status: Exclude<OrderStatus, 'filled' | 'partially_filled'>;
      /** The broker's words for a rejection, when it gave any. */
      readonly reason?: string;
    }
  | {
      readonly kind: 'execution';
      readonly at: Micros;
      readonly brokerOrderId: string;
      readonly status: 'filled' | 'partially_filled';
      readonly execution: Execution;
    };
