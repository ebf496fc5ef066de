import type { MarketDate, Usd } from '@trading-agent/core';

/**
 * - `expiry`: an option ended worthless or for cash; `assignment`, `exercise`: it turned into shares, told as `delivery`.
 * - `bust`: an execution that was taken back, with its fees; `correction`: one that got another price.
 * - `fee`: fees of a day by kind; `dividend`; `split`; `cash`: cash settlement of an index option.
 */
export type ActivityKind =
  | 'expiry'
  | 'assignment'
  | 'exercise'
  | 'delivery'
  | 'cash'
  | 'fee'
  | 'dividend'
  | 'split'
  | 'bust'
  | 'correction';

/** Something beside executions that changed the account. The broker tells of it on `toldOn`, mostly the next session. */
export interface Activity {
  readonly activityId: string;
  readonly kind: ActivityKind;
  /** The kind of fee: `ORF`, `OCC`, `TAF`, `REG`. */
  readonly subtype: string | null;
  readonly date: MarketDate;
  readonly toldOn: MarketDate;
  readonly symbol: string | null;
  /** Signed change of the position. */
  readonly quantity: number | null;
  /** Dollars per share, where something changed hands. */
  readonly price: number | null;
  /** Change of cash that came with it; fees were debited with their executions and are told here. */
  readonly netAmount: Usd;
  /** Rows of one event share it. */
  readonly groupId: string;
  readonly description: string;
}
