import { MICROS_PER_MINUTE, type MarketDate, type Micros, type Usd } from '@trading-agent/core';
import { nyDate } from '@trading-agent/calendar';
import type { Activity } from '@trading-agent/exchange';
import type { Execution } from '@trading-agent/instruments';
import type { OrderRecord, OrderUpdate } from './order-book.ts';

/** One leg's part of an execution, with the order as it stood right after it. */
export interface FillActivity {
  readonly kind: 'fill';
  readonly date: MarketDate;
  readonly at: Micros;
  readonly record: OrderRecord;
  readonly execution: Execution;
  readonly legIndex: number;
  /** Contracts of the leg filled so far, this execution included. */
  readonly cumulative: number;
}

export type AccountActivity = FillActivity | Activity;

export interface EquityPoint {
  readonly at: Micros;
  readonly equity: Usd;
}

/** What happened to an account as its owner may look it up later. */
export class AccountHistory {
  readonly #fills: FillActivity[] = [];
  readonly #equity: EquityPoint[] = [];

  /** One point per minute, the last one of each. */
  get equity(): readonly EquityPoint[] {
    return this.#equity;
  }

  executed({ execution, record, at }: OrderUpdate): void {
    if (execution === null) return;
    for (const [legIndex, { symbol }] of execution.legs.entries()) {
      const cumulative = record.legs.find((leg) => leg.symbol === symbol)?.filledQuantity ?? 0;
      this.#fills.push({ kind: 'fill', date: nyDate(at), at, record, execution, legIndex, cumulative });
    }
  }

  /** Notes the equity of the minute that `at` lies in, the first time it is seen. */
  mark(at: Micros, equity: () => Usd): void {
    const last = this.#equity.at(-1);
    if (last && minuteOf(last.at) === minuteOf(at)) return;
    this.#equity.push({ at, equity: equity() });
  }

  /** Oldest first: by date, on one date the fills as they came and then what was told of it later. */
  activities(others: readonly Activity[]): readonly AccountActivity[] {
    const all: AccountActivity[] = [...this.#fills, ...others];
    return all.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  }
}

function minuteOf(at: Micros): number {
  return Math.floor(at / MICROS_PER_MINUTE);
}
