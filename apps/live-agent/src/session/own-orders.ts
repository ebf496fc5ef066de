import type { BrokerEvent } from '@trading-agent/broker';
import type { EngineEvent, StepResult } from '@trading-agent/engine';
import { type Execution, isTerminal, type Order, type OrderStatus } from '@trading-agent/instruments';

/** Contracts of one leg that are booked, and what they cost: the sum of price x contracts, dollars per share. */
interface BookedLeg {
  quantity: number;
  cost: number;
}

/** An order that this session decided, as far as the engine has heard of it. */
export interface OwnOrder {
  readonly order: Order;
  readonly status: OrderStatus | 'pending';
  /** Units booked. */
  readonly filled: number;
  readonly legs: ReadonlyMap<string, Readonly<BookedLeg>>;
  /** Its fills were taken from the broker's order object once: from then on only that tells them, the stream would tell them again. */
  readonly isToldByOrder: boolean;
}

/** Begins the id of an execution that was derived from the broker's order object instead of being told by the stream. */
const DERIVED = 'order-object/';

export function derivedExecutionId(brokerOrderId: string, filled: number): string {
  return `${DERIVED}${brokerOrderId}/${filled}`;
}

/** The session's orders by client order id. A function of the journal, so that a restart finds it as it was. */
export class OwnOrders {
  readonly #orders = new Map<string, OwnOrder>();

  observe(event: EngineEvent, result: StepResult): void {
    if (event.type === 'broker') this.#apply(event.event, result.booked?.execution ?? null);
    for (const decision of result.decisions) {
      if (decision.type !== 'submit') continue;
      const { order } = decision.approved;
      this.#orders.set(order.clientOrderId, {
        order,
        status: 'pending',
        filled: 0,
        legs: new Map(),
        isToldByOrder: false,
      });
    }
  }

  get(clientOrderId: string): OwnOrder | undefined {
    return this.#orders.get(clientOrderId);
  }

  /** Orders that are not over. */
  open(): readonly OwnOrder[] {
    return [...this.#orders.values()].filter(({ status }) => status === 'pending' || !isTerminal(status));
  }

  #apply(event: BrokerEvent, booked: Execution | null): void {
    const id = event.kind === 'order' ? event.clientOrderId : event.execution.clientOrderId;
    const own = this.#orders.get(id);
    if (own === undefined) return;
    const after = booked === null ? own : withExecution(own, booked);
    this.#orders.set(id, { ...after, status: statusAfter(own.status, event.status) });
  }
}

/** What has ended stays ended, except that a fill that came late may complete it; `new` does not undo a first fill. */
export function statusAfter(before: OrderStatus | 'pending', told: OrderStatus): OrderStatus {
  if (before === 'pending' || told === 'filled') return told;
  if (isTerminal(before) || told === 'new') return before;
  return told;
}

function withExecution(own: OwnOrder, execution: Execution): OwnOrder {
  const legs = new Map(own.legs);
  for (const { symbol, quantity, price } of execution.legs) {
    const before = legs.get(symbol) ?? { quantity: 0, cost: 0 };
    legs.set(symbol, { quantity: before.quantity + quantity, cost: before.cost + quantity * price });
  }
  return {
    ...own,
    legs,
    filled: own.filled + execution.quantity,
    isToldByOrder: own.isToldByOrder || execution.executionId.startsWith(DERIVED),
  };
}
